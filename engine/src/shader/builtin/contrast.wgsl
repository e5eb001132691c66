//! Further from middle grey, or nearer.
//! param amount: 0..8 = 1.6  0 is grey, 1 as it is.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    // Half the light that sRGB's middle sends out.
    return vec4<f32>((c.rgb - 0.2140411) * param.amount + 0.2140411, c.a);
}
