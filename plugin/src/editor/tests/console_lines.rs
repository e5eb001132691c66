//! The console.

use super::*;

#[test]
fn a_console_line_is_answered_and_remembered() {
    let mut bench = Bench::new();
    bench.click(CONSOLE.0, CONSOLE.1);
    bench.write("nonsense");
    bench.key(Key::Enter, Modifiers::NONE);
    let began = std::time::Instant::now();
    while bench.instance.engine.messages(0).is_empty() && began.elapsed().as_secs() < 10 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(!bench.instance.engine.messages(0).is_empty());
    bench.write("list");
    bench.key(Key::Enter, Modifiers::NONE);
    assert_eq!(bench.instance.draft().as_deref(), Some(""));
}

#[test]
fn the_console_follows_again_once_it_was_scrolled_down() {
    let mut bench = Bench::new();
    let say = |bench: &mut Bench, from: u32| {
        for number in from..from + 60 {
            let text = format!("line {number}");
            bench.instance.notify([videotracker_engine::snapshot::Message::warning(text)]);
        }
        for _ in 0..3 {
            bench.frame(vec![]);
        }
    };
    let sees = |bench: &Bench, text: &str| {
        let console = Rect::from_min_max(pos2(0.0, 440.0), pos2(760.0, 600.0));
        let nodes = bench.tree.iter().flat_map(|tree| &tree.nodes);
        // The line below the window may say the same.
        let mut found = nodes.filter(|(_, node)| node.value() == Some(text) || node.label() == Some(text));
        #[allow(clippy::cast_possible_truncation, reason = "points on a screen")]
        found.any(|(_, node)| node.bounds().is_some_and(|bounds| console.contains(pos2(bounds.x0 as f32 + 2.0, bounds.y0 as f32 + 2.0))))
    };
    let wheel = |bench: &mut Bench, lines: f32| {
        bench.frame(vec![Event::PointerMoved(pos2(300.0, 520.0))]);
        bench.frame(vec![Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: vec2(0.0, lines),
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
            source: egui::MouseWheelSource::Unknown,
        }]);
        for _ in 0..30 {
            bench.frame(vec![]);
        }
    };
    say(&mut bench, 0);
    assert!(sees(&bench, "line 59"));
    wheel(&mut bench, 5.0);
    say(&mut bench, 60);
    assert!(!sees(&bench, "line 119"), "who reads is not disturbed");
    wheel(&mut bench, -200.0);
    say(&mut bench, 120);
    assert!(sees(&bench, "line 179"));
}
