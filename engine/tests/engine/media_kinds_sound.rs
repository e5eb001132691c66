//! Kinds of sound that people drop on it: each plays whole, in time and as loud as it should.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::f32::consts::FRAC_1_SQRT_2;

use crate::{
    import_tools::{take, try_take},
    media_tools::{Files, frames},
};
use videotracker_engine::media::Loaded;

/// How loud left and right are in the middle: the root of the mean square.
fn loud(media: &Loaded) -> [f32; 2] {
    let middle = &frames(media)[frames(media).len() / 4..frames(media).len() * 3 / 4];
    [0, 1].map(|side| (middle.iter().map(|frame| frame[side] * frame[side]).sum::<f32>() / middle.len() as f32).sqrt())
}

#[test]
fn each_of_many_channels_is_heard_at_its_place() {
    let Some(files) = Files::with_ffmpeg("each_of_many_channels_is_heard_at_its_place") else { return };
    const H: f32 = FRAC_1_SQRT_2;
    let places = |layout: &str| -> Vec<[f32; 2]> {
        let (left, right, middle, low) = ([1.0, 0.0], [0.0, 1.0], [H, H], [0.0, 0.0]);
        let (behind_left, behind_right, behind) = ([H, 0.0], [0.0, H], [0.5, 0.5]);
        match layout {
            "quad" => vec![left, right, behind_left, behind_right],
            "4.0" => vec![left, right, middle, behind],
            "3.0" => vec![left, right, middle],
            "2.1" => vec![left, right, low],
            "5.0" => vec![left, right, middle, behind_left, behind_right],
            "5.1" => vec![left, right, middle, low, behind_left, behind_right],
            "6.1" => vec![left, right, middle, low, behind, behind_left, behind_right],
            _ => vec![left, right, middle, low, behind_left, behind_right, behind_left, behind_right],
        }
    };
    for (layout, codec, end) in [
        ("3.0", "pcm_f32le", "wav"),
        ("2.1", "pcm_f32le", "wav"),
        ("quad", "pcm_s16le", "wav"),
        ("4.0", "pcm_s16le", "wav"),
        ("5.0", "pcm_s24le", "wav"),
        ("5.1", "pcm_s16le", "wav"),
        ("6.1", "pcm_s16le", "wav"),
        ("7.1", "pcm_f32le", "wav"),
        ("quad", "flac", "flac"),
        ("5.1", "flac", "flac"),
        ("7.1", "flac", "flac"),
        ("5.1", "libvorbis", "ogg"),
        ("quad", "pcm_s16le", "mov"),
        ("5.1", "pcm_s16be", "mov"),
        ("5.1", "ac3", "ac3"),
        ("5.1", "libopus", "opus"),
        ("quad", "pcm_s16be", "aiff"),
        ("5.1", "pcm_s16be", "aiff"),
    ] {
        let wanted = places(layout);
        for (channel, [left, right]) in wanted.iter().enumerate() {
            let sines: Vec<_> = (0..wanted.len()).map(|at| if at == channel { "0.5*sin(2*PI*60*t)" } else { "0" }).collect();
            let name = format!("{layout}-{channel}.{end}");
            files.make(&format!("-f lavfi -i aevalsrc={}:c={layout}:s=48000:d=0.25 -c:a {codec}", sines.join("|")), &name);
            let found = loud(&take(&files, &name)).map(|level| level / (0.5 * H));
            // Lossy codecs keep the level as well as they do.
            let far = if matches!(end, "ogg" | "ac3" | "opus") { 0.12 } else { 0.01 };
            assert!((found[0] - left).abs() < far && (found[1] - right).abs() < far, "{name}: {found:?}, not {left} {right}");
        }
    }
}

#[test]
fn four_and_more_channels_without_places_are_heard_by_their_number() {
    let files = Files::new();
    // A WAV of the old kind, which only counts its channels; one of nine, as recorders write them.
    for (channels, wanted) in
        [(4_u16, &[[1.0, 0.0], [0.0, 1.0], [FRAC_1_SQRT_2, 0.0], [0.0, FRAC_1_SQRT_2]][..]), (9, &[[0.447_213_6, 0.0]])]
    {
        for (channel, share) in wanted.iter().enumerate() {
            let samples: Vec<u8> = (0..1000)
                .flat_map(|_| (0..channels).flat_map(|at| if usize::from(at) == channel { 16_384_i16 } else { 0 }.to_le_bytes()))
                .collect();
            let length = |bytes: usize| u32::try_from(bytes).unwrap().to_le_bytes();
            let format = [
                &1_u16.to_le_bytes()[..],
                &channels.to_le_bytes(),
                &48_000_u32.to_le_bytes(),
                &(48_000 * u32::from(channels) * 2).to_le_bytes(),
                &(channels * 2).to_le_bytes(),
                &16_u16.to_le_bytes(),
            ]
            .concat();
            let wav =
                [b"RIFF", &length(36 + samples.len())[..], b"WAVEfmt ", &length(16), &format, b"data", &length(samples.len()), &samples]
                    .concat();
            files.write("a.wav", &wav);
            let frame = frames(&take(&files, "a.wav"))[500];
            assert!(
                (frame[0] - share[0] / 2.0).abs() < 1e-4 && (frame[1] - share[1] / 2.0).abs() < 1e-4,
                "{channels}, {channel}: {frame:?}"
            );
        }
    }
}

#[test]
fn tags_behind_a_sound_take_nothing_of_it() {
    let Some(files) = Files::with_ffmpeg("tags_behind_a_sound_take_nothing_of_it") else { return };
    let noise = "-f lavfi -i anoisesrc=r=48000:d=0.31:seed=3:a=0.3 -ac 2";
    let whole = std::fs::read(files.make(&format!("{noise} -c:a flac"), "a.flac")).unwrap();
    let wanted = frames(&take(&files, "a.flac")).to_vec();
    let mut id3v1 = b"TAG".to_vec();
    id3v1.resize(128, b' ');
    let ape = |header: bool| {
        let item = b"\x04\0\0\0\0\0\0\0Title\0name";
        let part = |flags: u32| {
            [
                &b"APETAGEX"[..],
                &2000_u32.to_le_bytes(),
                &(32 + item.len() as u32).to_le_bytes(),
                &1_u32.to_le_bytes(),
                &flags.to_le_bytes(),
                &[0; 8],
            ]
            .concat()
        };
        let head = if header { part(0xA000_0000) } else { Vec::new() };
        [head, item.to_vec(), part(if header { 0x8000_0000 } else { 0 })].concat()
    };
    let id3v2 = [&b"ID3\x04\0\x10\0\0\0\x0A"[..], &[0; 10], b"3DI\x04\0\x10\0\0\0\x0A"].concat();
    let lyrics = [&b"LYRICSBEGININD0000200"[..], b"000021LYRICS200"].concat();
    for (what, tag) in [
        ("ID3v1", id3v1.clone()),
        ("APEv2", ape(false)),
        ("APEv2 with a header", ape(true)),
        ("APEv2 and ID3v1", [ape(true), id3v1.clone()].concat()),
        ("ID3v2 at the end", id3v2),
        ("Lyrics3 and ID3v1", [lyrics, id3v1].concat()),
        ("zeros", vec![0; 4000]),
    ] {
        files.write("tagged.flac", &[&whole[..], &tag].concat());
        assert!(frames(&take(&files, "tagged.flac")) == wanted, "{what}: {} frames", frames(&take(&files, "tagged.flac")).len());
    }
    // A tag before it is passed over as well.
    files.write("front.flac", &[&b"ID3\x04\0\0\0\0\0\x0A"[..], &[0; 10], &whole, &ape(false)].concat());
    assert!(frames(&take(&files, "front.flac")) == wanted);
}

#[test]
fn big_endian_wavs_keep_every_sample() {
    let Some(files) = Files::with_ffmpeg("big_endian_wavs_keep_every_sample") else { return };
    for (codec, big, bytes) in [("pcm_s16le", 16_u16, 2), ("pcm_s24le", 24, 3), ("pcm_s32le", 32, 4), ("pcm_f32le", 32, 4)] {
        let source = "-f lavfi -i anoisesrc=r=48000:d=0.1:seed=3:a=0.3 -ac 2";
        files.make(&format!("{source} -c:a {codec}"), "plain.wav");
        let wanted = frames(&take(&files, "plain.wav")).to_vec();
        let raw = std::fs::read(files.make(&format!("-i plain.wav -f {}", codec.trim_start_matches("pcm_")), "raw")).unwrap();
        let swapped: Vec<u8> = raw.chunks_exact(bytes).flat_map(|sample| sample.iter().rev().copied()).collect();
        let length = |bytes: usize| u32::try_from(bytes).unwrap().to_be_bytes();
        let kind = if codec.contains("f32") { 3_u16 } else { 1 };
        let frame = u16::try_from(bytes * 2).unwrap();
        let format = [
            &kind.to_be_bytes()[..],
            &2_u16.to_be_bytes(),
            &48_000_u32.to_be_bytes(),
            &(48_000 * u32::from(frame)).to_be_bytes(),
            &frame.to_be_bytes(),
            &big.to_be_bytes(),
        ]
        .concat();
        let rifx = [b"RIFX", &length(36 + swapped.len())[..], b"WAVEfmt ", &length(16), &format, b"data", &length(swapped.len()), &swapped]
            .concat();
        files.write("big.wav", &rifx);
        match try_take(&files, "big.wav") {
            Ok(media) => {
                let found = frames(&media);
                assert_eq!(found.len(), wanted.len(), "{codec}");
                assert!(found.iter().zip(&wanted).all(|(a, b)| (a[0] - b[0]).abs() < 1e-6 && (a[1] - b[1]).abs() < 1e-6), "{codec}");
            }
            Err(why) => panic!("{codec}: {why}"),
        }
    }
}

#[test]
fn flac_of_32_bits_plays_or_says_what_it_needs() {
    let files = Files::new();
    // A block of 16 frames without prediction, left and right by themselves ("FLAC format").
    let crc8 =
        |bytes: &[u8]| bytes.iter().fold(0_u8, |crc, byte| (0..8).fold(crc ^ byte, |c, _| if c & 0x80 != 0 { c << 1 ^ 7 } else { c << 1 }));
    let crc16 = |bytes: &[u8]| {
        bytes.iter().fold(0_u16, |crc, byte| {
            (0..8).fold(crc ^ u16::from(*byte) << 8, |c, _| if c & 0x8000 != 0 { c << 1 ^ 0x8005 } else { c << 1 })
        })
    };
    let mut block = vec![0xFF, 0xF8, 0x6A, 0x1E, 0, 15];
    block.push(crc8(&block));
    for side in [1_i32, -1] {
        block.push(0x02);
        block.extend((0..16_i32).flat_map(|n| (side * n * 100_000_000).to_be_bytes()));
    }
    block.extend(crc16(&block).to_be_bytes());
    // 48 kHz, two channels, 32 bits, 16 frames.
    let facts = 48_000_u64 << 44 | 1 << 41 | 31 << 36 | 16;
    let info = [&[0, 16, 0, 16, 0, 0, 0, 0, 0, 0][..], &facts.to_be_bytes(), &[0; 16]].concat();
    files.write("deep.flac", &[&b"fLaC\x80\0\0\x22"[..], &info, &block].concat());
    match try_take(&files, "deep.flac") {
        Ok(media) => {
            for (n, frame) in frames(&media).iter().enumerate() {
                let wanted = n as f32 * 100_000_000.0 / 2_147_483_648.0;
                assert!((frame[0] - wanted).abs() < 1e-6 && (frame[1] + wanted).abs() < 1e-6, "{n}: {frame:?}");
            }
        }
        Err(why) => assert!(why.to_string().contains("more than 24 bits") && why.to_string().contains("ffmpeg"), "{why}"),
    }
}
