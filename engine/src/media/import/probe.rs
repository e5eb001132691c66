//! What `ffprobe` says of a file.

use std::{ffi::OsString, path::Path, time::Duration};

use serde::Deserialize;

use super::{
    child::{Task, Trouble},
    source::Stop,
    tools::Tools,
};

/// Longest a look may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer.
const ANSWER: usize = 4 << 20;

/// Demuxers a file may be opened with. Not among them: playlists and other formats that name further files or addresses
/// (hls, concat, dash, sdp), devices, and text that would be drawn as a picture.
pub(super) const FORMATS: &str = "aac,ac3,aiff,amr,apng,ape,asf,asf_o,au,av1,avi,avs2,avs3,bmp_pipe,caf,dds_pipe,dirac,dnxhd,dpx_pipe,\
    dsf,dts,dtshd,dv,eac3,exr_pipe,flac,flic,flv,gif,gif_pipe,gxf,h261,h263,h264,hdr_pipe,hevc,ico,ivf,iff,j2k_pipe,jpeg_pipe,jpegls_pipe,jpegxl_pipe,\
    jpegxl_anim,live_flv,loas,m4v,matroska,webm,mjpeg,mlp,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts,mpegvideo,mv,mxf,nsv,nut,nuv,obu,\
    ogg,oma,pam_pipe,pbm_pipe,pcx_pipe,pfm_pipe,pgm_pipe,pgx_pipe,png_pipe,ppm_pipe,psd_pipe,qoi_pipe,r3d,rm,roq,sgi_pipe,shn,smk,sox,\
    sunrast_pipe,svg_pipe,swf,tak,tiff_pipe,truehd,tta,vc1,viv,voc,vvc,w64,wav,webp_pipe,webp_anim,wtv,wv,xwma,yuv4mpegpipe";

/// The demuxer of an image whose codec only its ending tells.
pub(super) const NAMED: &str = "image2";

/// Frames a second, as a fraction.
pub(super) type Rate = (u32, u32);

/// What ffprobe prints.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    pub streams: Vec<Stream>,
    pub format: Format,
    frames: Vec<Frame>,
}

/// The container.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Format {
    pub format_name: String,
    duration: Option<String>,
}

/// A stream.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stream {
    pub index: u32,
    codec_type: String,
    pub codec_name: String,
    pub codec_tag_string: String,
    pub width: u32,
    pub height: u32,
    pix_fmt: String,
    r_frame_rate: String,
    avg_frame_rate: String,
    pub time_base: String,
    start_time: Option<String>,
    duration: Option<String>,
    nb_frames: Option<String>,
    sample_aspect_ratio: Option<String>,
    pub color_space: Option<String>,
    pub color_transfer: Option<String>,
    field_order: Option<String>,
    sample_rate: Option<String>,
    pub channels: u32,
    channel_layout: Option<String>,
    disposition: Disposition,
    tags: Tags,
    side_data_list: Vec<SideData>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct SideData {
    displaymatrix: Option<String>,
    rotation: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Disposition {
    attached_pic: u8,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Tags {
    #[serde(alias = "ALPHA_MODE")]
    alpha_mode: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Frame {
    pts_time: Option<String>,
    best_effort_timestamp_time: Option<String>,
}

/// Asks about a file.
pub(super) fn report(tools: &Tools, path: &Path, demuxer: Option<&str>, stop: Stop<'_>) -> Result<Report, Trouble> {
    let text = ask(tools, path, demuxer, &["-show_format", "-show_streams"], stop)?;
    serde_json::from_str(&text).map_err(|e| Trouble::Failed(format!("ffprobe's answer is no JSON ({e})")))
}

/// The time in seconds of the first frame that a stream's decoder really gives, which is not always the stream's start:
/// encoder delay is cut off, pictures that lean on missing ones are left out.
pub(super) fn first_frame(tools: &Tools, path: &Path, demuxer: Option<&str>, stream: &Stream, stop: Stop<'_>) -> Result<f64, Trouble> {
    let index = stream.index.to_string();
    let entries = "frame=pts_time,best_effort_timestamp_time";
    // The stream's first packets; a decoder may swallow some.
    let words = ["-select_streams", &index, "-read_intervals", "%+#16", "-show_frames", "-show_entries", entries];
    let text = match ask(tools, path, demuxer, &words, stop) {
        Ok(text) => text,
        Err(Trouble::Failed(_)) => String::new(),
        Err(other) => return Err(other),
    };
    let frames = serde_json::from_str::<Report>(&text).unwrap_or_default().frames;
    let times = frames.iter().filter_map(|f| f.pts_time.as_deref().or(f.best_effort_timestamp_time.as_deref())).filter_map(seconds);
    let first = times.fold(f64::INFINITY, f64::min);
    Ok(if first.is_finite() { first } else { stream.start_time.as_deref().and_then(seconds).unwrap_or(0.0) })
}

fn ask(tools: &Tools, path: &Path, demuxer: Option<&str>, words: &[&str], stop: Stop<'_>) -> Result<String, Trouble> {
    let mut arguments: Vec<OsString> = ["-v", "error", "-print_format", "json"].iter().map(Into::into).collect();
    arguments.extend(words.iter().map(Into::into));
    arguments.extend(input(path, demuxer));
    Task { program: &tools.ffprobe, folder: None, stop, stall: PATIENCE, limit: PATIENCE }.output(&arguments, ANSWER)
}

/// The input's arguments, for both programs: a file and nothing else, whatever its name looks like.
pub(super) fn input(path: &Path, demuxer: Option<&str>) -> Vec<OsString> {
    let mut words: Vec<OsString> = ["-protocol_whitelist", "file", "-format_whitelist"].iter().map(Into::into).collect();
    words.push(demuxer.unwrap_or(FORMATS).into());
    if let Some(demuxer) = demuxer {
        words.extend(["-f".into(), demuxer.into()]);
    }
    if demuxer == Some(NAMED) {
        // One file of that very name, whatever signs are in it.
        words.extend(["-pattern_type", "none"].map(Into::into));
    }
    let mut name = OsString::from("file:");
    name.push(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    words.extend(["-i".into(), name]);
    words
}

impl Report {
    /// What ffprobe would say of bare pixels.
    pub fn of_pixels(codec: &str, (width, height): (u32, u32), fps: (u32, u32), frames: u64) -> Self {
        let rate = format!("{}/{}", fps.0, fps.1);
        let stream = Stream {
            codec_type: "video".to_owned(),
            codec_name: codec.to_owned(),
            width,
            height,
            pix_fmt: "rgba".to_owned(),
            r_frame_rate: rate.clone(),
            avg_frame_rate: rate,
            nb_frames: Some(frames.to_string()),
            start_time: Some("0".to_owned()),
            duration: Some((frames as f64 * f64::from(fps.1) / f64::from(fps.0)).to_string()),
            ..Stream::default()
        };
        Self { streams: vec![stream], format: Format { format_name: codec.to_owned(), duration: None }, frames: Vec::new() }
    }

    /// The picture: the first stream that is no cover.
    pub fn picture(&self) -> Option<&Stream> {
        self.streams.iter().find(|s| s.codec_type == "video" && s.disposition.attached_pic == 0)
    }

    /// The sound: the first stream of it.
    pub fn sound(&self) -> Option<&Stream> {
        self.streams.iter().find(|s| s.codec_type == "audio" && s.channels > 0)
    }

    /// Duration in seconds; 0 where nothing declares one.
    pub fn secs(&self) -> f64 {
        let streams = self.streams.iter().filter_map(|s| seconds(s.duration.as_deref()?)).fold(0.0, f64::max);
        self.format.duration.as_deref().and_then(seconds).unwrap_or(streams)
    }
}

impl Stream {
    /// Whether pixels may be transparent.
    pub fn has_alpha(&self) -> bool {
        let planar = ["yuva", "gbrap", "rgba", "bgra", "argb", "abgr", "ya8", "ya16", "pal8", "ayuv", "vuya"];
        self.hidden_alpha() || planar.iter().any(|start| self.pix_fmt.starts_with(start))
    }

    /// VP8 and VP9 carry alpha beside the picture, where only libvpx looks.
    pub fn hidden_alpha(&self) -> bool {
        self.tags.alpha_mode.as_deref() == Some("1") && matches!(&*self.codec_name, "vp8" | "vp9")
    }

    /// Whether it is shown turned by a quarter; ffmpeg turns it.
    pub fn is_turned(&self) -> bool {
        let degrees = self.side_data_list.iter().find_map(|data| data.rotation).unwrap_or(0.0);
        (degrees / 90.0).round().rem_euclid(2.0) > 0.5
    }

    /// Whether it is shown other than it is stored: turned or mirrored; ffmpeg does that.
    pub fn has_matrix(&self) -> bool {
        self.side_data_list.iter().any(|data| data.displaymatrix.is_some() || data.rotation.is_some())
    }

    /// Where each picture is two fields: whether the upper one is shown first.
    ///
    /// Of the two letters the first says which is stored first, the second which is shown first.
    pub fn fields(&self) -> Option<bool> {
        match self.field_order.as_deref() {
            Some("tt" | "bt") => Some(true),
            Some("bb" | "tb") => Some(false),
            Some("progressive") => None,
            // DV of television does not say it: it is always so (IEC 61834-2).
            _ => (self.codec_name == "dvvideo" && matches!(self.height, 480 | 576)).then_some(false),
        }
    }

    /// Whether the channels of a sound have places.
    pub fn has_layout(&self) -> bool {
        self.channel_layout.as_deref().is_some_and(|layout| !layout.is_empty() && layout != "unknown" && !layout.ends_with("channels"))
    }

    /// How wide a pixel is for its height.
    pub fn pixel_ratio(&self) -> (u32, u32) {
        let ratio = self.sample_aspect_ratio.as_deref().and_then(|text| text.split_once(':'));
        let ratio = ratio.and_then(|(x, y)| Some((x.parse().ok()?, y.parse().ok()?)));
        ratio.filter(|(x, y): &(u32, u32)| *x > 0 && *y > 0 && x / y < 16 && y / x < 16).unwrap_or((1, 1))
    }

    /// The nominal and the mean rate, where they make sense.
    pub fn rates(&self) -> (Option<Rate>, Option<Rate>) {
        (fraction(&self.r_frame_rate), fraction(&self.avg_frame_rate))
    }

    /// Seconds one unit of its times lasts.
    pub fn tick(&self) -> f64 {
        fraction(&self.time_base).map_or(0.0, |(n, d)| f64::from(n) / f64::from(d))
    }

    /// Duration in seconds it declares.
    pub fn secs(&self) -> Option<f64> {
        self.duration.as_deref().and_then(seconds).filter(|secs| *secs > 0.0)
    }

    /// Frames it declares.
    pub fn frames(&self) -> Option<u64> {
        self.nb_frames.as_deref()?.parse().ok()
    }

    /// Frames of sound a second.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

fn seconds(text: &str) -> Option<f64> {
    text.parse().ok().filter(|secs: &f64| secs.is_finite())
}

fn fraction(text: &str) -> Option<(u32, u32)> {
    let (n, d) = text.split_once('/')?;
    Some((n.parse().ok()?, d.parse().ok()?)).filter(|(n, d)| *n > 0 && *d > 0)
}
