// Draws the columns of a spectrogram, the newest at the right edge, in linear light. Follows cover.wgsl.

struct Look {
    // Canvas size in pixels.
    canvas: vec2<f32>,
    // Rows of a column, and columns.
    rows: u32,
    columns: u32,
    // Where the newest column lies.
    newest: u32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

@group(0) @binding(0) var<uniform> look: Look;
// A row of texels for each column, lowest frequency first: 0 is -120 dB, 1 is 0 dB.
@group(0) @binding(1) var levels: texture_2d<f32>;

// IEC 61966-2-1.
fn decode(c: vec3<f32>) -> vec3<f32> {
    return select(pow((c + 0.055) / 1.055, vec3<f32>(2.4)), c / 12.92, c <= vec3<f32>(0.04045));
}

// Black, blue, purple, red, yellow, white: every level is lighter than the one below.
fn colour(level: f32) -> vec3<f32> {
    let stops = array<vec3<f32>, 6>(
        vec3<f32>(0.0, 0.0, 0.0),
        vec3<f32>(0.06, 0.05, 0.4),
        vec3<f32>(0.5, 0.08, 0.55),
        vec3<f32>(0.9, 0.25, 0.25),
        vec3<f32>(1.0, 0.8, 0.2),
        vec3<f32>(1.0, 1.0, 1.0),
    );
    let at = clamp(level, 0.0, 1.0) * 5.0;
    var low = stops[0];
    var high = stops[1];
    if at >= 4.0 { low = stops[4]; high = stops[5]; }
    else if at >= 3.0 { low = stops[3]; high = stops[4]; }
    else if at >= 2.0 { low = stops[2]; high = stops[3]; }
    else if at >= 1.0 { low = stops[1]; high = stops[2]; }
    return decode(mix(low, high, at - min(floor(at), 4.0)));
}

fn level(age: u32, row: u32) -> f32 {
    let column = (look.newest + look.columns - min(age, look.columns - 1u)) % look.columns;
    return textureLoad(levels, vec2<u32>(min(row, look.rows - 1u), column), 0).r;
}

@fragment
fn draw(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    // What the pixel covers: rows from below, columns from the right. The loudest of it shows, so that no line is lost.
    let high = look.canvas - floor(position.xy);
    let cells = vec2<f32>(f32(look.columns), f32(look.rows)) / look.canvas;
    let first = vec2<u32>((high - 1.0) * cells + 0.001);
    let end = max(vec2<u32>(ceil(high * cells - 0.001)), first + 1u);
    var loudest = 0.0;
    for (var age = first.x; age < end.x; age++) {
        for (var row = first.y; row < end.y; row++) {
            loudest = max(loudest, level(age, row));
        }
    }
    return vec4<f32>(colour(loudest), 1.0);
}
