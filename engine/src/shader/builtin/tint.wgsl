//! Lets only some of each colour through.
//! param red: 0..4 = 1  Of the red light.
//! param green: 0..4 = 0.5  Of the green light.
//! param blue: 0..4 = 0.25  Of the blue light.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    return vec4<f32>(c.rgb * vec3<f32>(param.red, param.green, param.blue), c.a);
}
