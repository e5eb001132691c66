//! The sound's spectrum as bars of light.
//! whole count: 1..256 = 32  How many.
//! param gain: 0..8 = 1  How high they reach.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let bar = (floor(uv.x * param.count) + 0.5) / param.count;
    let high = spectrum(bar * bar) * param.gain;
    let lit = step(1.0 - uv.y, high) * step(0.1, fract(uv.x * param.count));
    return vec4<f32>(from_hsv(vec3<f32>(bar * 0.8, 0.7, lit)), lit);
}
