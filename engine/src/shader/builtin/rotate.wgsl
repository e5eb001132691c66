//! Turns the picture.
//! param angle: -360..360 = 30  How far, in degrees, against the clock.
//! param speed: -8..8 = 0  Turns a beat.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let angle = 6.2831853 * fract(param.angle / 360.0 + frame.beat * param.speed);
    return wrapped(uncentred(turned(centred(uv), angle)));
}
