//! A regular polygon in the middle, white on nothing.
//! whole sides: 3..100 = 3  Its sides.
//! param radius: 0..1 = 0.3  From the middle to a side, in heights of the picture.
//! param smoothing: 0..1 = 0.01  Width of its soft edge.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let p = centred(uv);
    let sector = 6.2831853 / max(param.sides, 3.0);
    let angle = atan2(p.x, p.y) + 3.1415927;
    let inner = angle - sector * floor(0.5 + angle / sector);
    let far = cos(inner) * length(p);
    let edge = max(param.smoothing, 1e-4);
    let cover = 1.0 - smoothstep(param.radius - edge * 0.5, param.radius + edge * 0.5, far);
    return vec4<f32>(vec3<f32>(1.0), cover);
}
