//! A few steps of light for each colour.
//! param bins: 1..64 = 3  How many.
//! param gamma: 0.1..4 = 0.6  Closer together in the dark below 1, in the light above.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    let bent = pow(max(c.rgb, vec3<f32>(0.0)), vec3<f32>(param.gamma));
    let cut = (min(floor(bent * param.bins), vec3<f32>(max(param.bins - 1.0, 0.0))) + 0.5) / param.bins;
    return vec4<f32>(pow(cut, vec3<f32>(1.0 / param.gamma)), c.a);
}
