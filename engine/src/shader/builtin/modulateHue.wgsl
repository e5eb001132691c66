//! Turns colours by the second picture's luminance.
//! param amount: -1..1 = 0.5  How far, in turns.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    let by = second(uv);
    let hsv = to_hsv(c.rgb);
    return vec4<f32>(from_hsv(hsv + vec3<f32>(luminance(by.rgb) * by.a * param.amount, 0.0, 0.0)), c.a);
}
