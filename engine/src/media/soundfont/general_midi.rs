//! The words of General MIDI's programs, as Strudel spells them.

/// What Strudel calls each program; several may share a word, whose variants they are.
const WORDS: &str = "piano piano piano piano epiano1 epiano2 harpsichord clavinet \
    celesta glockenspiel music_box vibraphone marimba xylophone tubular_bells dulcimer \
    drawbar_organ percussive_organ rock_organ church_organ reed_organ accordion harmonica bandoneon \
    acoustic_guitar_nylon acoustic_guitar_steel electric_guitar_jazz electric_guitar_clean electric_guitar_muted overdriven_guitar distortion_guitar guitar_harmonics \
    acoustic_bass electric_bass_finger electric_bass_pick fretless_bass slap_bass_1 slap_bass_2 synth_bass_1 synth_bass_2 \
    violin viola cello contrabass tremolo_strings pizzicato_strings orchestral_harp timpani \
    string_ensemble_1 string_ensemble_2 synth_strings_1 synth_strings_2 choir_aahs voice_oohs synth_choir orchestra_hit \
    trumpet trombone tuba muted_trumpet french_horn brass_section synth_brass_1 synth_brass_2 \
    soprano_sax alto_sax tenor_sax baritone_sax oboe english_horn bassoon clarinet \
    piccolo flute recorder pan_flute blown_bottle shakuhachi whistle ocarina \
    lead_1_square lead_2_sawtooth lead_3_calliope lead_4_chiff lead_5_charang lead_6_voice lead_7_fifths lead_8_bass_lead \
    pad_new_age pad_warm pad_poly pad_choir pad_bowed pad_metallic pad_halo pad_sweep \
    fx_rain fx_soundtrack fx_crystal fx_atmosphere fx_brightness fx_goblins fx_echoes fx_sci_fi \
    sitar banjo shamisen koto kalimba bagpipe fiddle shanai \
    tinkle_bell agogo steel_drums woodblock taiko_drum melodic_tom synth_drum reverse_cymbal \
    guitar_fret_noise breath_noise seashore bird_tweet telephone helicopter applause gunshot";

/// The standard's own names of the programs that share a word.
const PIANOS: [&str; 4] = ["acoustic_grand_piano", "bright_acoustic_piano", "electric_grand_piano", "honky_tonk_piano"];

/// The bank of drum kits.
pub(super) const DRUMS: u16 = 128;

/// The words of a patch: none beyond the standard's programs.
pub(super) fn words(bank: u16, program: u16) -> Vec<String> {
    if bank == DRUMS {
        return vec!["gm_drums".to_owned()];
    }
    let program = usize::from(program);
    let all = [WORDS.split_whitespace().nth(program), PIANOS.get(program).copied()];
    all.into_iter().flatten().map(|word| format!("gm_{word}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_has_its_word() {
        for (bank, program, wanted) in [
            (0, 0, &["gm_piano", "gm_acoustic_grand_piano"][..]),
            (8, 3, &["gm_piano", "gm_honky_tonk_piano"]),
            (0, 4, &["gm_epiano1"]),
            (0, 32, &["gm_acoustic_bass"]),
            (0, 80, &["gm_lead_1_square"]),
            (0, 127, &["gm_gunshot"]),
            (128, 24, &["gm_drums"]),
            (0, 128, &[]),
        ] {
            assert_eq!(words(bank, program), wanted, "{bank}:{program}");
        }
        assert_eq!(WORDS.split_whitespace().count(), 128);
    }
}
