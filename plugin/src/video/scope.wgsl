// Draws a trace as line segments with round ends, each a quad around it, in linear light with premultiplied alpha.

struct Beam {
    // Canvas size in pixels.
    size: vec2<f32>,
    // Half the beam's thickness in pixels.
    radius: f32,
    pad: f32,
    // Linear light.
    colour: vec4<f32>,
}

@group(0) @binding(0) var<uniform> beam: Beam;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) pixel: vec2<f32>,
    @location(1) @interpolate(flat) from_: vec2<f32>,
    @location(2) @interpolate(flat) to: vec2<f32>,
}

@vertex
fn segment(@builtin(vertex_index) index: u32, @location(0) from_: vec2<f32>, @location(1) to: vec2<f32>) -> Corner {
    let along = to - from_;
    let length_ = length(along);
    let forward = select(vec2<f32>(1.0, 0.0), along / max(length_, 1e-6), length_ > 1e-6);
    let side = vec2<f32>(-forward.y, forward.x);
    // One pixel more than the radius, for the soft edge.
    let reach = beam.radius + 1.0;
    let end = select(from_ - forward * reach, to + forward * reach, (index & 1u) == 1u);
    let pixel = end + side * select(-reach, reach, (index & 2u) == 2u);
    var corner: Corner;
    corner.position = vec4<f32>(pixel.x / beam.size.x * 2.0 - 1.0, 1.0 - pixel.y / beam.size.y * 2.0, 0.0, 1.0);
    corner.pixel = pixel;
    corner.from_ = from_;
    corner.to = to;
    return corner;
}

@fragment
fn glow(corner: Corner) -> @location(0) vec4<f32> {
    let along = corner.to - corner.from_;
    let offset = corner.pixel - corner.from_;
    let share = clamp(dot(offset, along) / max(dot(along, along), 1e-6), 0.0, 1.0);
    let cover = clamp(beam.radius + 0.5 - length(offset - along * share), 0.0, 1.0);
    return vec4<f32>(beam.colour.rgb * cover, cover);
}
