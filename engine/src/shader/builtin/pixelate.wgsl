//! Coarse pixels.
//! param x: 1..512 = 20  How many across.
//! param y: 1..512 = 20  How many from top to bottom.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let grid = vec2<f32>(param.x, param.y);
    return input((floor(uv * grid) + 0.5) / grid);
}
