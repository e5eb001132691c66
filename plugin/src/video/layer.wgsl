// What every way of drawing layers shares: a layer's uniform, its colours, and where it shows.

struct Layer {
    // Canvas pixels to the picture's unit square: rows of a matrix, applied to pixel - origin.
    inverse: vec4<f32>,
    // Left, top, right and bottom of what shows of the unit square.
    shown: vec4<f32>,
    origin: vec2<f32>,
    // The visible part of the texture, and half a texel, in texture coordinates.
    visible: vec2<f32>,
    half_texel: vec2<f32>,
    opacity: f32,
    blend: u32,
    // 0: straight alpha, 1: scaled YCoCg, 2: premultiplied alpha, 3: opaque (BC1's transparent black is black).
    kind: u32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

// Fixed for each pipeline, so that software adapters, which run both sides of every branch, skip what isn't used.
override YCOCG: bool = true;

// One triangle that covers the target.
@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

// IEC 61966-2-1.
fn decode(c: vec3<f32>) -> vec3<f32> {
    return select(pow((c + 0.055) / 1.055, vec3<f32>(2.4)), c / 12.92, c <= vec3<f32>(0.04045));
}

// Scaled YCoCg in BC3: Co, Cg, scale, Y. J.M.P. van Waveren and I. Castaño, "Real-Time YCoCg-DXT Compression" (2007).
fn from_ycocg(t: vec4<f32>) -> vec3<f32> {
    let scale = t.z * (255.0 / 8.0) + 1.0;
    let co = (t.x - 128.0 / 255.0) / scale;
    let cg = (t.y - 128.0 / 255.0) / scale;
    return clamp(vec3<f32>(t.w + co - cg, t.w + cg, t.w - co - cg), vec3<f32>(0.0), vec3<f32>(1.0));
}

// Whether a layer shows at a pixel, and where in its texture that is.
struct Spot {
    shows: bool,
    at: vec2<f32>,
}

fn spot_of(layer: Layer, pixel: vec2<f32>) -> Spot {
    let offset = pixel - layer.origin;
    let unit = vec2<f32>(dot(layer.inverse.xy, offset), dot(layer.inverse.zw, offset));
    let shows = all(unit >= layer.shown.xy) && all(unit < layer.shown.zw);
    // Padding beyond the visible part must not bleed in.
    return Spot(shows, clamp(unit * layer.visible, layer.half_texel, layer.visible - layer.half_texel));
}
