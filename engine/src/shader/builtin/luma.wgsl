//! Lets what is dark become transparent.
//! param threshold: 0..1 = 0.5  The luminance from which it shows.
//! param tolerance: 0..1 = 0.1  How far one goes over into the other.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    let soft = max(param.tolerance, 1e-4);
    return vec4<f32>(c.rgb, c.a * smoothstep(param.threshold - soft, param.threshold + soft, luminance(c.rgb)));
}
