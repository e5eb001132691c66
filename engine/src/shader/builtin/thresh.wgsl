//! White where it is light, black where it is dark.
//! param threshold: 0..1 = 0.5  The luminance between them.
//! param tolerance: 0..1 = 0.04  How far one goes over into the other.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    let soft = max(param.tolerance, 1e-4);
    return vec4<f32>(vec3<f32>(smoothstep(param.threshold - soft, param.threshold + soft, luminance(c.rgb))), c.a);
}
