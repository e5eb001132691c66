//! Stripes of light that travel with the song, a little apart for each colour.
//! param frequency: 0..200 = 30  Stripes across the picture, times two pi.
//! param sync: -8..8 = 0.25  How far they travel, in stripes a beat.
//! param offset: -1..1 = 0.1  How far apart red, green and blue lie, in stripes.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let at = uv.x * param.frequency / 6.2831853 - frame.beat * param.sync;
    let phase = fract(vec3<f32>(at - param.offset, at, at + param.offset));
    return vec4<f32>(0.5 + 0.5 * sin(phase * 6.2831853), 1.0);
}
