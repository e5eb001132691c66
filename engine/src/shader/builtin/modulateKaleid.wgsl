//! A kaleidoscope whose middle the second picture's red pushes away.
//! whole sides: 1..64 = 4  Sectors.
//! param amount: -1..1 = 0.3  How far.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let p = centred(uv);
    let by = second(uv);
    let sector = 6.2831853 / max(param.sides, 1.0);
    let angle = atan2(p.y, p.x);
    let folded = abs(angle - sector * floor(angle / sector) - sector * 0.5);
    let far = length(p) + by.r * by.a * param.amount;
    return wrapped(uncentred(far * vec2<f32>(cos(folded), sin(folded))));
}
