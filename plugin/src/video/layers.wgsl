// Composes up to eight layers over a backdrop in one pass, in linear light with premultiplied alpha. Follows layer.wgsl.
//
// Compositing: co = cs·αs·(1 - αb) + αs·αb·B(cb, cs) + (1 - αs)·αb·cb, αo = αs + αb·(1 - αs)
// and the separable blend functions B from W3C "Compositing and Blending Level 1", sections 5 to 9.
// "add" is B = cb + cs, which makes the formula above the Porter-Duff "plus" with the union's alpha.

struct Pass {
    layers: array<Layer, 8>,
    // Behind the layers of the picture itself.
    background: vec4<f32>,
    count: u32,
    // Whether this is the picture itself; the pipeline's LAST says the same.
    last: u32,
    opacity: f32,
    pad: f32,
}

override LAYERS: u32 = 8u;
override BACKDROP: bool = true;
override ENCODE: bool = true;
// Every layer covers by its alpha: what most pictures are made of.
override PLAIN: bool = false;
// This is the picture itself: laid over the background, times `opacity`.
override LAST: bool = false;

@group(0) @binding(0) var<uniform> pass_: Pass;
@group(0) @binding(1) var linear: sampler;
@group(0) @binding(2) var backdrop: texture_2d<f32>;
@group(0) @binding(3) var t0: texture_2d<f32>;
@group(0) @binding(4) var t1: texture_2d<f32>;
@group(0) @binding(5) var t2: texture_2d<f32>;
@group(0) @binding(6) var t3: texture_2d<f32>;
@group(0) @binding(7) var t4: texture_2d<f32>;
@group(0) @binding(8) var t5: texture_2d<f32>;
@group(0) @binding(9) var t6: texture_2d<f32>;
@group(0) @binding(10) var t7: texture_2d<f32>;

fn encode(c: vec3<f32>) -> vec3<f32> {
    return select(1.055 * pow(c, vec3<f32>(1.0 / 2.4)) - 0.055, c * 12.92, c <= vec3<f32>(0.0031308));
}

fn hard_light(below: vec3<f32>, above: vec3<f32>) -> vec3<f32> {
    let twice = 2.0 * above;
    return select(below + (twice - 1.0) - below * (twice - 1.0), below * twice, above <= vec3<f32>(0.5));
}

fn blend(mode: u32, below: vec3<f32>, above: vec3<f32>) -> vec3<f32> {
    switch mode {
        case 1u: { return below + above; }
        case 2u: { return below * above; }
        case 3u: { return below + above - below * above; }
        case 4u: { return abs(below - above); }
        case 5u: { return max(below, above); }
        case 6u: { return min(below, above); }
        case 7u: { return hard_light(above, below); }
        default: { return above; }
    }
}

// The layer's colour, straight, with its alpha times the opacity.
fn straight(layer: Layer, texel: vec4<f32>) -> vec4<f32> {
    var colour = texel;
    if YCOCG && layer.kind == 1u {
        colour = vec4<f32>(decode(from_ycocg(texel)), 1.0);
    } else if layer.kind == 2u {
        colour = vec4<f32>(select(texel.rgb / max(texel.a, 1e-6), vec3<f32>(0.0), texel.a <= 0.0), texel.a);
    } else if layer.kind == 3u {
        colour.a = 1.0;
    }
    return vec4<f32>(colour.rgb, colour.a * layer.opacity);
}

fn over(below: vec4<f32>, layer: Layer, picture: texture_2d<f32>, pixel: vec2<f32>) -> vec4<f32> {
    let spot = spot_of(layer, pixel);
    if !spot.shows {
        return below;
    }
    let s = straight(layer, textureSampleLevel(picture, linear, spot.at, 0.0));
    if s.a <= 0.0 {
        return below;
    }
    if PLAIN {
        return vec4<f32>((1.0 - s.a) * below.rgb + s.a * s.rgb, s.a + below.a * (1.0 - s.a));
    }
    let cb = select(below.rgb / max(below.a, 1e-6), vec3<f32>(0.0), below.a <= 0.0);
    let mixed = (1.0 - below.a) * s.rgb + below.a * blend(layer.blend, cb, s.rgb);
    return vec4<f32>(min((1.0 - s.a) * below.rgb + s.a * mixed, vec3<f32>(1.0)), s.a + below.a * (1.0 - s.a));
}

@fragment
fn compose(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = position.xy;
    // Every group starts from nothing (an isolated group), so that a lowest layer shows as it is under every blend.
    var c = vec4<f32>(0.0);
    if BACKDROP {
        c = textureLoad(backdrop, vec2<i32>(pixel), 0);
    }
    if LAYERS > 0u && pass_.count > 0u { c = over(c, pass_.layers[0], t0, pixel); }
    if LAYERS > 1u && pass_.count > 1u { c = over(c, pass_.layers[1], t1, pixel); }
    if LAYERS > 2u && pass_.count > 2u { c = over(c, pass_.layers[2], t2, pixel); }
    if LAYERS > 3u && pass_.count > 3u { c = over(c, pass_.layers[3], t3, pixel); }
    if LAYERS > 4u && pass_.count > 4u { c = over(c, pass_.layers[4], t4, pixel); }
    if LAYERS > 5u && pass_.count > 5u { c = over(c, pass_.layers[5], t5, pixel); }
    if LAYERS > 6u && pass_.count > 6u { c = over(c, pass_.layers[6], t6, pixel); }
    if LAYERS > 7u && pass_.count > 7u { c = over(c, pass_.layers[7], t7, pixel); }
    if !LAST {
        return c;
    }
    let shown = (c.rgb + (1.0 - c.a) * pass_.background.rgb) * pass_.opacity;
    if ENCODE {
        return vec4<f32>(encode(shown), 1.0);
    }
    return vec4<f32>(shown, 1.0);
}
