//! A kaleidoscope: one sector of the picture, mirrored all around.
//! whole sides: 1..64 = 4  Sectors.
//! param angle: -360..360 = 0  Where the first sector lies, in degrees.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let p = centred(uv);
    let sector = 6.2831853 / max(param.sides, 1.0);
    let angle = atan2(p.y, p.x) + radians(param.angle);
    let folded = abs(angle - sector * floor(angle / sector) - sector * 0.5);
    return wrapped(uncentred(length(p) * vec2<f32>(cos(folded), sin(folded))));
}
