//! Soft noise that drifts with the song.
//! param scale: 0..100 = 10  Grains across the picture's height.
//! param speed: -8..8 = 0.25  How fast it changes, in grains a beat.
//! param contrast: 0..4 = 1  How far it departs from grey.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let n = noise3(vec3<f32>(centred(uv) * param.scale, frame.beat * param.speed));
    return vec4<f32>(vec3<f32>(0.5 + 0.5 * n * param.contrast), 1.0);
}
