//! Lines that offer what would else be lost.

use super::*;

#[test]
fn what_a_host_that_died_had_not_saved_is_offered_and_opens() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = |texts: &[&str]| {
        let keeper = Keeper::in_folder(Some(folder.path().to_owned()));
        for text in texts {
            keeper.note(vec![Text { title: "Script".to_owned(), text: (*text).to_owned(), closed: false }]);
        }
    };
    keeper(&["-- typed before it died"]);
    let desk = Arc::new(Desk::in_folder(folder.path().to_owned()));
    let mut bench = Bench::of(Instance::with_desk(Arc::new(Engine::empty()), desk));
    bench.click(400.0, 300.0);
    bench.write("-- typed here");
    assert_eq!(bench.instance.draft().as_deref(), Some("-- typed here"));
    bench.window.opened(&bench.ctx, None, &RepaintNotifier::new());
    let offered = |bench: &Bench| bench.instance.desk().drafts().offers(|_| false).1.len();
    let began = std::time::Instant::now();
    while offered(&bench) == 0 {
        assert!(began.elapsed().as_secs() < 20);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    bench.frame(vec![]);
    bench.frame(vec![]);
    bench.click_on("Open");
    bench.frame(vec![]);
    assert_eq!(bench.instance.draft().as_deref(), Some("-- typed before it died"));
    assert_eq!(offered(&bench), 0);
    // The text that was here is on the disk.
    drop(bench);
    let left = Keeper::in_folder(Some(folder.path().to_owned()));
    left.look();
    while left.offers(|_| false).0 == 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let texts: Vec<String> = left.offers(|_| false).1.into_iter().flat_map(|offer| offer.texts).map(|text| text.text).collect();
    assert_eq!(texts, ["-- typed here", "-- typed before it died"]);
}

#[test]
fn damaged_originals_are_offered_for_export() {
    let mut bench = Bench::new();
    let mut kept = crate::state::kept::Kept::default();
    kept.add(b"no session at all");
    bench.instance.keep(kept);
    bench.frame(vec![]);
    bench.frame(vec![]);
    bench.place("Export");
    bench.click_on("Forget");
    let began = std::time::Instant::now();
    while bench.instance.desk().kept_count().0 > 0 {
        assert!(began.elapsed().as_secs() < 20);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn the_row_of_tabs_stands_still_when_something_is_offered() {
    let mut bench = Bench::new();
    let before = bench.place("Panels");
    let mut kept = crate::state::kept::Kept::default();
    kept.add(b"no session at all");
    bench.instance.keep(kept);
    bench.frame(vec![]);
    bench.frame(vec![]);
    assert!(bench.place("Export").top() > before.bottom());
    assert_eq!(bench.place("Panels"), before);
}
