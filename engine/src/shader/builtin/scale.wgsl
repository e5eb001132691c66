//! Makes the picture larger or smaller; what is smaller repeats.
//! param size: 0.01..10 = 1.5  How large.
//! param x: 0.01..10 = 1  How much wider than high.
//! param y: 0.01..10 = 1  How much higher than wide.

fn color(uv: vec2<f32>) -> vec4<f32> {
    return wrapped((uv - 0.5) / (param.size * vec2<f32>(param.x, param.y)) + 0.5);
}
