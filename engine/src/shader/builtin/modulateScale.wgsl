//! Makes the picture larger where the second one is red.
//! param amount: -8..8 = 1  How much.
//! param size: 0.01..10 = 1  How large in any case.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let by = second(uv);
    let size = max(param.size + by.r * by.a * param.amount, 0.01);
    return wrapped((uv - 0.5) / size + 0.5);
}
