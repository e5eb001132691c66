//! Moves the picture; what leaves on one side comes in on the other.
//! param x: -1..1 = 0.25  To the right, in widths.
//! param y: -1..1 = 0  Downwards, in heights.
//! param speedX: -8..8 = 0  To the right with the song, in widths a beat.
//! param speedY: -8..8 = 0  Downwards with the song, in heights a beat.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let moved = vec2<f32>(param.x, param.y) + fract(frame.beat * vec2<f32>(param.speedX, param.speedY));
    return wrapped(uv - moved);
}
