//! The picture many times over.
//! param x: 1..64 = 3  How often across.
//! param y: 1..64 = 3  How often from top to bottom.
//! param offsetX: 0..1 = 0  How far every second row is moved.
//! param offsetY: 0..1 = 0  How far every second column is moved.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let p = uv * vec2<f32>(param.x, param.y);
    let odd = vec2<f32>(floor(p.yx) - 2.0 * floor(p.yx * 0.5));
    return wrapped(p + odd * vec2<f32>(param.offsetX, param.offsetY));
}
