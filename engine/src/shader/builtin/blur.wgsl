//! Out of focus.
//! param radius: 0..0.2 = 0.02  How far, in heights of the picture.

fn color(uv: vec2<f32>) -> vec4<f32> {
    // A disc of points at equal density, each a golden angle on (H. Vogel, 1979); light adds up premultiplied.
    var sum = vec4<f32>(0.0);
    for (var n = 0; n < 32; n++) {
        let far = sqrt((f32(n) + 0.5) / 32.0) * param.radius;
        let angle = f32(n) * 2.3999632;
        let c = input(uv + far * vec2<f32>(cos(angle) / aspect(), sin(angle)));
        sum += vec4<f32>(c.rgb * c.a, c.a);
    }
    return vec4<f32>(sum.rgb / max(sum.a, 1e-6), sum.a / 32.0);
}
