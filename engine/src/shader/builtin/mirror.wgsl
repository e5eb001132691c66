//! Mirrors the left half to the right, or the upper half downwards, or both.
//! toggle across = true  The left half.
//! toggle down = false  The upper half.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let folded = 0.5 - abs(uv - 0.5);
    return input(select(uv, folded, vec2<f32>(param.across, param.down) > vec2<f32>(0.5)));
}
