// What every WGSL shader may use. It stands behind the shader's own text, so that lines count from the shader's first.

struct Frame {
    // Width and height of the picture in pixels.
    size: vec2<f32>,
    // Where the song stands, in seconds and in quarter notes.
    secs: f32,
    beat: f32,
    bpm: f32,
    // Pictures drawn, and seconds since the one before.
    count: f32,
    delta: f32,
    pass_: f32,
    mix: f32,
    whole: f32,
    show: f32,
    cut: f32,
    reserved: vec4<f32>,
    images: array<vec4<f32>, 14>,
}

@group(0) @binding(0) var<uniform> frame: Frame;
@group(0) @binding(2) var vt_linear: sampler;
@group(0) @binding(3) var vt_input: texture_2d<f32>;
@group(0) @binding(4) var vt_second: texture_2d<f32>;
@group(0) @binding(5) var vt_previous: texture_2d<f32>;
@group(0) @binding(6) var vt_wave: texture_2d<f32>;
@group(0) @binding(7) var vt_spectrum: texture_2d<f32>;

// Premultiplied to straight.
fn vt_straight(c: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(select(c.rgb / max(c.a, 1e-6), vec3<f32>(0.0), c.a <= 0.0), c.a);
}

// The first input's colour, in linear light with straight alpha; its edge goes on beyond the picture.
fn input(uv: vec2<f32>) -> vec4<f32> {
    return vt_straight(textureSampleLevel(vt_input, vt_linear, uv, 0.0));
}

// The first input, repeated beyond its edges.
fn wrapped(uv: vec2<f32>) -> vec4<f32> {
    return input(fract(uv));
}

// The second input.
fn second(uv: vec2<f32>) -> vec4<f32> {
    return vt_straight(textureSampleLevel(vt_second, vt_linear, uv, 0.0));
}

// What this shader showed before.
fn previous(uv: vec2<f32>) -> vec4<f32> {
    return vt_straight(textureSampleLevel(vt_previous, vt_linear, uv, 0.0));
}

// The main output's last samples, left and right, -1 to 1; x from 0, oldest, to 1.
fn wave(x: f32) -> vec2<f32> {
    let left = textureSampleLevel(vt_wave, vt_linear, vec2<f32>(x, 0.25), 0.0).r;
    let right = textureSampleLevel(vt_wave, vt_linear, vec2<f32>(x, 0.75), 0.0).r;
    return vec2<f32>(left, right) * 2.0 - 1.0;
}

// The main output's spectrum, 0 to 1; x from the lowest frequency, 0, to the highest, 1.
fn spectrum(x: f32) -> f32 {
    return textureSampleLevel(vt_spectrum, vt_linear, vec2<f32>(x, 0.5), 0.0).r;
}

// Width over height.
fn aspect() -> f32 {
    return frame.size.x / max(frame.size.y, 1.0);
}

// From the unit square to the middle: y from -0.5 to 0.5, x as long as the picture is wide.
fn centred(uv: vec2<f32>) -> vec2<f32> {
    return (uv - 0.5) * vec2<f32>(aspect(), 1.0);
}

// The way back.
fn uncentred(p: vec2<f32>) -> vec2<f32> {
    return p / vec2<f32>(aspect(), 1.0) + 0.5;
}

fn turned(p: vec2<f32>, angle: f32) -> vec2<f32> {
    let c = cos(angle);
    let s = sin(angle);
    return vec2<f32>(c * p.x - s * p.y, s * p.x + c * p.y);
}

// Luminance of BT.709's primaries.
fn luminance(c: vec3<f32>) -> f32 {
    return dot(c, vec3<f32>(0.2126, 0.7152, 0.0722));
}

// Whole numbers to numbers from 0 to 1 that look drawn by lot: the same on every graphics card.
// PCG, after M. O'Neill (2014), as a hash by M. Jarzynski and M. Olano, "Hash Functions for GPU Rendering" (2020).
fn lot(cell: vec3<i32>) -> vec3<f32> {
    var v = bitcast<vec3<u32>>(cell) * 1664525u + 1013904223u;
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v ^= v >> vec3<u32>(16u);
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    return vec3<f32>(v >> vec3<u32>(8u)) / 16777216.0;
}

fn vt_slope(cell: vec3<i32>, offset: vec3<f32>) -> f32 {
    return dot(lot(cell) * 2.0 - 1.0, offset);
}

// Gradient noise in three dimensions, about -1 to 1 (after K. Perlin, 1985 and 2002).
fn noise3(p: vec3<f32>) -> f32 {
    let cell = vec3<i32>(floor(p));
    let f = fract(p);
    let u = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    let x = vec2<i32>(0, 1);
    let low = mix(
        mix(vt_slope(cell, f), vt_slope(cell + x.yxx, f - vec3<f32>(1.0, 0.0, 0.0)), u.x),
        mix(vt_slope(cell + x.xyx, f - vec3<f32>(0.0, 1.0, 0.0)), vt_slope(cell + x.yyx, f - vec3<f32>(1.0, 1.0, 0.0)), u.x),
        u.y,
    );
    let high = mix(
        mix(vt_slope(cell + x.xxy, f - vec3<f32>(0.0, 0.0, 1.0)), vt_slope(cell + x.yxy, f - vec3<f32>(1.0, 0.0, 1.0)), u.x),
        mix(vt_slope(cell + x.xyy, f - vec3<f32>(0.0, 1.0, 1.0)), vt_slope(cell + x.yyy, f - vec3<f32>(1.0)), u.x),
        u.y,
    );
    return mix(low, high, u.z) * 1.2;
}

// Hue, saturation and value, each 0 to 1, and back (A. R. Smith, 1978).
fn to_hsv(c: vec3<f32>) -> vec3<f32> {
    let high = max(c.r, max(c.g, c.b));
    let span = high - min(c.r, min(c.g, c.b));
    var h = 0.0;
    if span > 0.0 {
        if high == c.r {
            h = (c.g - c.b) / span;
        } else if high == c.g {
            h = 2.0 + (c.b - c.r) / span;
        } else {
            h = 4.0 + (c.r - c.g) / span;
        }
    }
    return vec3<f32>(fract(h / 6.0), select(0.0, span / max(high, 1e-6), high > 0.0), high);
}

fn from_hsv(c: vec3<f32>) -> vec3<f32> {
    let ramp = abs(fract(c.x + vec3<f32>(0.0, 2.0, 1.0) / 3.0) * 6.0 - 3.0) - 1.0;
    return c.z * mix(vec3<f32>(1.0), clamp(ramp, vec3<f32>(0.0), vec3<f32>(1.0)), c.y);
}

@fragment
fn vt_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let uv = position.xy / frame.size;
    if frame.show > 0.5 {
        return textureSampleLevel(vt_previous, vt_linear, uv, 0.0);
    }
    let made = clamp(color(uv), vec4<f32>(0.0), vec4<f32>(1.0));
    let shown = vec4<f32>(made.rgb * made.a, made.a);
    if frame.mix >= 1.0 {
        return shown;
    }
    return mix(textureSampleLevel(vt_input, vt_linear, uv, 0.0), shown, frame.mix);
}
