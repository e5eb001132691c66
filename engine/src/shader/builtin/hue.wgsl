//! Turns colours.
//! param amount: -1..1 = 0.4  How far, in turns.
//! param speed: -8..8 = 0  Turns a beat.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    return vec4<f32>(from_hsv(to_hsv(c.rgb) + vec3<f32>(param.amount + fract(frame.beat * param.speed), 0.0, 0.0)), c.a);
}
