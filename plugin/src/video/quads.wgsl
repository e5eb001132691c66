// One layer as a quad of its own, for the adapter to blend over what lies there. Follows layer.wgsl.
//
// With S = cs·αs and D = cb·αb, the formulas in layers.wgsl come down to D·(1 - αs) + S for alpha, D + S for add and
// D·(1 - S) + S for screen, all three with αs + αb·(1 - αs): what fixed-function blending computes.

struct Quad {
    layer: Layer,
    // Canvas size in pixels.
    canvas: vec2<f32>,
    pad: vec2<f32>,
}

@group(0) @binding(0) var<uniform> quad: Quad;
@group(0) @binding(1) var linear: sampler;
@group(0) @binding(2) var picture: texture_2d<f32>;

// The corners of what shows of the picture, and a pixel more on every side: the pixels themselves decide.
@vertex
fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let rows = quad.layer.inverse;
    let margin = vec2<f32>(length(rows.xy), length(rows.zw));
    let low = quad.layer.shown.xy - margin;
    let high = quad.layer.shown.zw + margin;
    let unit = vec2<f32>(select(low.x, high.x, (index & 1u) == 1u), select(low.y, high.y, (index & 2u) == 2u));
    let area = rows.x * rows.w - rows.y * rows.z;
    let pixel = quad.layer.origin + vec2<f32>(rows.w * unit.x - rows.y * unit.y, rows.x * unit.y - rows.z * unit.x) / area;
    return vec4<f32>(pixel.x / quad.canvas.x * 2.0 - 1.0, 1.0 - pixel.y / quad.canvas.y * 2.0, 0.0, 1.0);
}

@fragment
fn lay(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let spot = spot_of(quad.layer, position.xy);
    let texel = textureSampleLevel(picture, linear, spot.at, 0.0);
    var colour = vec4<f32>(texel.rgb, 1.0);
    if YCOCG && quad.layer.kind == 1u {
        colour = vec4<f32>(decode(from_ycocg(texel)), 1.0);
    } else if quad.layer.kind == 2u {
        // A shader's picture may be brighter than white.
        colour = min(texel, vec4<f32>(1.0));
    } else if quad.layer.kind == 0u {
        colour = vec4<f32>(texel.rgb * texel.a, texel.a);
    }
    // Nothing changes what lies below under any of the blends.
    return select(vec4<f32>(0.0), colour * quad.layer.opacity, spot.shows);
}

// What blending by the smaller of both cuts off at white.
@fragment
fn white() -> @location(0) vec4<f32> {
    return vec4<f32>(1.0);
}
