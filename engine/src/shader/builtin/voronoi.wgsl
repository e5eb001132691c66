//! Cells around points that wander with the song, each in a grey of its own.
//! param scale: 0..50 = 5  Cells across the picture's height.
//! param speed: -8..8 = 0.25  How fast the points wander, in rounds a beat.
//! param blending: 0..1 = 0.3  How far a cell darkens towards its edge.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let p = centred(uv) * param.scale;
    let home = vec2<i32>(floor(p));
    var nearest = 8.0;
    var shade = 0.0;
    for (var y = -1; y <= 1; y++) {
        for (var x = -1; x <= 1; x++) {
            let cell = home + vec2<i32>(x, y);
            let lots = lot(vec3<i32>(cell, 7));
            let angle = 6.2831853 * (lots.y + frame.beat * param.speed);
            let point = vec2<f32>(cell) + 0.5 + 0.35 * vec2<f32>(cos(angle), sin(angle)) * (0.3 + 0.7 * lots.z);
            let far = distance(p, point);
            if far < nearest {
                nearest = far;
                shade = lots.x;
            }
        }
    }
    return vec4<f32>(vec3<f32>(mix(shade, shade * max(1.0 - nearest, 0.0), param.blending)), 1.0);
}
