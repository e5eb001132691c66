//! Red from left to right, green from top to bottom, and blue that comes and goes with the song.
//! param speed: -8..8 = 0  How often blue comes, in rounds a beat.

fn color(uv: vec2<f32>) -> vec4<f32> {
    return vec4<f32>(uv, 0.5 - 0.5 * cos(fract(frame.beat * param.speed) * 6.2831853), 1.0);
}
