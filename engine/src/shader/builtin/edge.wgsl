//! Where light changes.
//! param gain: 0..16 = 2  How strongly it shows.
//! param width: 0.5..16 = 1  Between the points compared, in pixels.

fn light(uv: vec2<f32>) -> vec3<f32> {
    let c = input(uv);
    return c.rgb * c.a;
}

fn color(uv: vec2<f32>) -> vec4<f32> {
    // Sobel's operator (I. Sobel and G. Feldman, 1968).
    let d = param.width / frame.size;
    let a = light(uv + d * vec2<f32>(-1.0, -1.0));
    let b = light(uv + d * vec2<f32>(0.0, -1.0));
    let c = light(uv + d * vec2<f32>(1.0, -1.0));
    let e = light(uv + d * vec2<f32>(-1.0, 0.0));
    let f = light(uv + d * vec2<f32>(1.0, 0.0));
    let g = light(uv + d * vec2<f32>(-1.0, 1.0));
    let h = light(uv + d * vec2<f32>(0.0, 1.0));
    let i = light(uv + d * vec2<f32>(1.0, 1.0));
    let across = c + 2.0 * f + i - a - 2.0 * e - g;
    let down = g + 2.0 * h + i - a - 2.0 * b - c;
    return vec4<f32>(sqrt(across * across + down * down) * param.gain * 0.25, 1.0);
}
