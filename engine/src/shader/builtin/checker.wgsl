//! A chessboard.
//! param size: 1..64 = 8  Fields from top to bottom.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let field = vec2<i32>(floor(centred(uv) * param.size));
    return vec4<f32>(vec3<f32>(f32((field.x + field.y) & 1)), 1.0);
}
