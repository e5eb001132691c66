//! Lays the picture over what it showed before, which fades, grows and turns.
//! param keep: 0..1 = 0.9  How much of it stays from picture to picture.
//! param zoom: 0.5..2 = 1.02  How much it grows.
//! param angle: -45..45 = 1  How far it turns, in degrees.
//! param x: -0.5..0.5 = 0  How far it moves to the right, in widths.
//! param y: -0.5..0.5 = 0  How far it moves downwards, in heights.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let fresh = input(uv);
    let from_ = uncentred(turned(centred(uv - vec2<f32>(param.x, param.y)), radians(param.angle)) / param.zoom);
    let inside = all(from_ >= vec2<f32>(0.0)) && all(from_ <= vec2<f32>(1.0));
    let old = previous(from_);
    let kept = select(0.0, old.a * param.keep * (1.0 - fresh.a), inside);
    // The lighter wins where both cover, so that a full picture leaves traces as well.
    let trace = select(vec3<f32>(0.0), old.rgb * old.a * param.keep, inside);
    let a = fresh.a + kept;
    let light = max(fresh.rgb * fresh.a, trace);
    return vec4<f32>(light / max(a, 1e-6), a);
}
