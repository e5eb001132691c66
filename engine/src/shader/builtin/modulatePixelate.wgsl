//! Pixels that are finer where the second picture is red.
//! param amount: 0..512 = 30  How many more.
//! param least: 1..512 = 4  How many in any case.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let by = second(uv);
    let grid = floor(param.least + by.r * by.a * param.amount);
    return input((floor(uv * grid) + 0.5) / grid);
}
