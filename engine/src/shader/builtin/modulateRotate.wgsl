//! Turns each pixel around the middle by the second picture's red.
//! param amount: -8..8 = 1  How far, in radians.
//! param angle: -360..360 = 0  Turned in any case, in degrees.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let by = second(uv);
    return wrapped(uncentred(turned(centred(uv), radians(param.angle) + by.r * by.a * param.amount)));
}
