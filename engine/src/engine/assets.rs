//! The session's media as views and the console see them: facts, previews, import progress; relinking and collecting.

use std::{
    collections::HashSet,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Engine, Shared, lock};
use crate::{
    command::{Command, CommandError, refuse},
    files,
    media::{
        Origin, factory,
        import::{self, Progress, Settings, sequence_name},
        preview::{Strip, Waveform},
        same_content,
    },
    module::samples::MAX_SLICES,
    name::{Name, did_you_mean},
    script::TrustRequest,
    snapshot::{MediaState, Snapshot, UNTRUSTED},
    text::{counted, media},
    trust::Giver,
};

/// The folder below a project's own that collected media are put in.
const COLLECTED: &str = "media";

/// What is known of an asset that is ready.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetFacts {
    /// The file, folder or row of images it was read from.
    pub path: PathBuf,
    /// Whether it was found elsewhere than the session says, by its content.
    pub moved: bool,
    /// BLAKE3 of the content, in hex.
    pub hash: String,
    /// Bytes of the content.
    pub size: u64,
    /// Duration in seconds; 0 for a still.
    pub secs: f64,
    /// Channels and rate of the sound.
    pub sound: Option<(u32, u32)>,
    /// Width and height of the picture.
    pub picture: Option<(u32, u32)>,
    /// Frames a second of the picture, as a fraction.
    pub fps: Option<(u32, u32)>,
    /// Container and codec.
    pub codec: String,
    /// The folder of the cache in which what plays in its place lies, where it was imported.
    pub cache: Option<PathBuf>,
}

/// What collecting did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Media that are in the folder now.
    pub media: usize,
    /// Bytes that were copied.
    pub bytes: u64,
    /// Media that stay where they are, with the reason.
    pub left: Vec<String>,
}

impl fmt::Display for Collected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "collected {}, copied {}", media(self.media), counted(self.bytes, "byte"))?;
        self.left.iter().try_for_each(|left| write!(f, "\nleft: {left}"))
    }
}

impl AssetFacts {
    /// The facts of a snapshot's asset; `None` while it is not ready.
    #[must_use]
    pub fn of(snapshot: &Snapshot, asset: &str) -> Option<Self> {
        let (Some(MediaState::Ready(info)), Some(origin)) = (snapshot.media.get(asset), snapshot.origins.get(asset)) else { return None };
        let video = info.video.as_ref();
        let imported = origin.imported.as_ref();
        let ending = || origin.path.extension().map_or_else(|| "factory".to_owned(), |e| e.to_string_lossy().to_lowercase());
        Some(Self {
            path: origin.path.clone(),
            moved: origin.moved,
            hash: info.hash.clone(),
            size: info.size,
            secs: info.secs,
            sound: info.audio,
            picture: video.map(|v| (v.width, v.height)),
            fps: video.map(|v| v.fps),
            codec: video.map(|v| v.codec.clone()).or_else(|| imported.map(|i| i.codec.clone())).unwrap_or_else(ending),
            cache: imported.and_then(|i| Some(i.picture.as_ref().or(i.sound.as_ref())?.parent()?.to_path_buf())),
        })
    }
}

impl Engine {
    /// What is known of an asset; `None` while it is not ready.
    #[must_use]
    pub fn asset_facts(&self, asset: &str) -> Option<AssetFacts> {
        AssetFacts::of(&self.snapshot(), asset)
    }

    /// Where the imports under way stand, by asset.
    #[must_use]
    pub fn import_progress(&self) -> Vec<(Name, Progress)> {
        lock(&self.shared.controller).import_progress()
    }

    /// Imports differently from the next one on.
    pub fn set_import(&self, settings: Settings) {
        lock(&self.shared.controller).set_import(settings);
    }

    /// The waveform of an asset, with the sound its finest zoom asks; `None` while it is being made. Never waits.
    #[must_use]
    pub fn waveform(&self, asset: &Name) -> Option<(Arc<Waveform>, Arc<crate::media::AudioData>)> {
        let media = lock(&self.shared.controller).medium(asset)?.clone();
        Some((self.shared.previews.waveform(&media)?, media.audio?))
    }

    /// Where an asset is struck, as shares of it in order, as a sampler with `slices = {onsets = sensitivity}` is cut; none while
    /// nothing has asked for that, or it is still searched.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub fn onsets(&self, asset: &Name, sensitivity: f64) -> Vec<f64> {
        let controller = lock(&self.shared.controller);
        let length = controller.medium(asset).and_then(|media| media.audio.as_ref()).map_or(0, |audio| audio.frames.len());
        let found = controller.onsets_of(asset).into_iter().flat_map(|onsets| onsets.above(sensitivity)).take(MAX_SLICES);
        found.map(|frame| frame as f64 / length.max(1) as f64).collect()
    }

    /// Small pictures of an asset; `None` while they are being made. Never waits.
    #[must_use]
    pub fn thumbnails(&self, asset: &Name) -> Option<Arc<Strip>> {
        let media = lock(&self.shared.controller).medium(asset)?.clone();
        self.shared.previews.strip(&media)
    }

    /// How many waveforms and strips were made so far.
    #[must_use]
    pub fn previews_made(&self) -> u64 {
        self.shared.previews.made()
    }

    /// Lets an asset, and all that play it, name another file; with the same path, what lies there now is taken.
    ///
    /// # Errors
    /// Where there is no such asset.
    pub fn relink(&self, asset: &str, to: &str) -> Result<String, CommandError> {
        self.shared.relink(asset, to, Giver::Person)
    }

    /// Copies the session's media into `folder/media` and lets the session name them there; `folder` becomes the first
    /// place where relative paths are looked for. One step of the history.
    ///
    /// # Errors
    /// Why the folder can't be written. Media that can't be copied stay as they are and are named in the answer.
    pub fn collect(&self, folder: &Path) -> Result<Collected, CommandError> {
        self.shared.collect(folder)
    }
}

impl Shared {
    /// The media that are missing, with the reasons.
    pub(super) fn missing(&self) -> String {
        let snapshot = self.snapshot.load_full();
        let reason = |(path, state): (&Name, &MediaState)| match state {
            MediaState::Missing(why) | MediaState::Failed(why) => {
                Some(format!("{path}: {}", why.strip_prefix(&format!("{path}: ")).unwrap_or(why)))
            }
            MediaState::Untrusted => Some(format!("{path}: {UNTRUSTED}")),
            _ => None,
        };
        let missing: Vec<String> = snapshot.media.iter().filter_map(reason).collect();
        if missing.is_empty() { "nothing is missing".to_owned() } else { missing.join("\n") }
    }

    /// Trusts media that wait for it: one, all of them, or none, to be told which there are.
    pub(super) fn trust(&self, request: &TrustRequest) -> Result<String, CommandError> {
        let mut controller = lock(&self.controller);
        let waiting = controller.untrusted();
        let chosen = match request {
            TrustRequest::All => waiting,
            TrustRequest::None if waiting.is_empty() => return Ok("no medium of this session waits to be trusted".to_owned()),
            TrustRequest::None => {
                let names: Vec<&str> = waiting.iter().map(Name::as_str).collect();
                return Ok(format!("these media wait to be trusted (trust all, or trust <medium>):\n{}", names.join("\n")));
            }
            TrustRequest::One(asset) => match waiting.iter().find(|path| path.as_str() == asset) {
                Some(path) => vec![path.clone()],
                None => {
                    let hint = did_you_mean(asset, waiting.iter().map(Name::as_str));
                    refuse!("no medium \"{asset}\" waits to be trusted{hint}");
                }
            },
        };
        if chosen.is_empty() {
            return Ok("no medium of this session waits to be trusted".to_owned());
        }
        let said = match &chosen[..] {
            [only] => format!("{only} is trusted on this machine from now on"),
            all => format!("{} media are trusted on this machine from now on", all.len()),
        };
        controller.admit(chosen, Giver::Person);
        Ok(said)
    }

    /// Takes trust in a medium back.
    pub(super) fn distrust(&self, asset: &str) -> Result<String, CommandError> {
        let mut controller = lock(&self.controller);
        let Some(path) = controller.project().assets.keys().find(|path| path.as_str() == asset).cloned() else {
            let hint = did_you_mean(asset, controller.project().assets.keys().map(Name::as_str));
            refuse!("there is no asset \"{asset}\"{hint}");
        };
        controller.take_back(&[path]);
        Ok(format!("{asset} is not trusted any more, and what was read of it is let go"))
    }

    /// Ends the reading of a medium; the session goes on naming it.
    pub(super) fn cancel(&self, asset: &str) -> Result<String, CommandError> {
        if lock(&self.controller).cancel(asset) {
            return Ok(format!("{asset} is not read any further"));
        }
        refuse!("{asset} is not being read; missing lists what did not come")
    }

    pub(super) fn relink(&self, asset: &str, to: &str, giver: Giver) -> Result<String, CommandError> {
        let mut controller = lock(&self.controller);
        let assets = &controller.project().assets;
        let Some(path) = assets.keys().find(|path| path.as_str() == asset).cloned() else {
            let hint = did_you_mean(asset, assets.keys().map(Name::as_str));
            refuse!("there is no asset \"{asset}\"{hint}");
        };
        let to = Name::new(to);
        let mut transaction = controller.begin(*lock(&self.playhead));
        transaction.apply(Command::RelinkAsset { path: path.clone(), to: to.clone(), same: false })?;
        controller.admit([to.clone()], giver);
        controller.look_again(&path);
        controller.look_again(&to);
        controller.commit(transaction, &format!("relink {path}"), None)?;
        controller.want_media();
        Ok(format!("{path} is {to} from now on"))
    }

    pub(super) fn collect(&self, folder: &Path) -> Result<Collected, CommandError> {
        // A relative folder lies where relative media do.
        let folder = &lock(&self.controller).roots().first().map_or_else(|| folder.to_owned(), |root| root.join(folder));
        let snapshot = self.snapshot.load_full();
        let target = folder.join(COLLECTED);
        if let Err(why) = std::fs::create_dir_all(&target) {
            refuse!("{} can't be made: {why}; choose another folder", target.display());
        }
        let (mut done, mut moves) = (Collected::default(), Vec::new());
        let mut taken: HashSet<String> = HashSet::new();
        for asset in snapshot.project.assets.keys().filter(|asset| !factory::is_factory(Path::new(asset.as_str()))) {
            let Some(origin) = snapshot.origins.get(asset) else {
                done.left.push(format!("{asset}: it is missing or still being read"));
                continue;
            };
            match bring(origin, &target, &mut taken) {
                Ok((name, bytes)) => {
                    done.media += 1;
                    done.bytes += bytes;
                    moves.push((asset.clone(), Name::new(&format!("{COLLECTED}/{name}")), target.join(&name)));
                }
                Err(why) => done.left.push(format!("{asset}: {why}")),
            }
        }
        self.rename_collected(folder, moves)?;
        Ok(done)
    }

    /// Lets the session name what was collected.
    fn rename_collected(&self, folder: &Path, moves: Vec<(Name, Name, PathBuf)>) -> Result<(), CommandError> {
        let mut controller = lock(&self.controller);
        let mut transaction = controller.begin(*lock(&self.playhead));
        let snapshot = self.snapshot.load_full();
        // Before they are given, so that they are given where they lie.
        let mut roots = controller.roots().to_vec();
        roots.retain(|root| root != folder);
        roots.insert(0, folder.to_owned());
        for (asset, to, path) in moves {
            if asset != to && transaction.project().assets.contains_key(&asset) {
                transaction.apply(Command::RelinkAsset { path: asset.clone(), to: to.clone(), same: true })?;
                if let Some(origin) = snapshot.origins.get(&asset) {
                    let beside = origin.beside.as_ref().and_then(|b| Some(path.with_extension(b.extension()?)));
                    controller.carry_medium(&asset, &to, Origin { path, beside, moved: false, imported: origin.imported.clone() });
                }
            }
        }
        controller.admit_at(transaction.given(), &roots);
        controller.commit(transaction, "collect media", None)?;
        controller.set_roots(roots);
        Ok(())
    }
}

/// Copies what a medium came from into a folder, under a name that is free or has the same content there; the name to
/// ask for it by, and the bytes copied.
fn bring(origin: &Origin, target: &Path, taken: &mut HashSet<String>) -> std::io::Result<(String, u64)> {
    let name = origin.path.file_name().map(|n| n.to_string_lossy().into_owned()).ok_or(std::io::ErrorKind::InvalidInput)?;
    if origin.path.is_dir() || sequence_name(&origin.path) && !origin.path.exists() {
        let images = import::row_files(&origin.path)?;
        let folder = if origin.path.is_dir() { &*origin.path } else { origin.path.parent().unwrap_or(Path::new(".")) };
        let label = folder.file_name().map_or_else(|| "images".to_owned(), |n| n.to_string_lossy().into_owned());
        let free = free_name(&label, taken, |candidate| {
            let held = target.join(candidate);
            let free = |name| !files::is_taken(&held.join(name));
            !files::is_taken(&held) || images.iter().all(|f| f.file_name().is_some_and(|n| same_content(f, &held.join(n)) || free(n)))
        });
        std::fs::create_dir_all(target.join(&free))?;
        let copied =
            images.iter().map(|f| copy(f, &target.join(&free).join(f.file_name().unwrap_or_default()))).sum::<std::io::Result<u64>>()?;
        return Ok((if origin.path.is_dir() { free } else { format!("{free}/{name}") }, copied));
    }
    let pair =
        |candidate: &str| origin.beside.as_ref().map(|b| (b, target.join(candidate).with_extension(b.extension().unwrap_or_default())));
    let fits = |from: &Path, to: &Path| !files::is_taken(to) || same_content(from, to);
    let free = free_name(&name, taken, |candidate| {
        fits(&origin.path, &target.join(candidate)) && pair(candidate).is_none_or(|(from, to)| fits(from, &to))
    });
    let mut copied = copy(&origin.path, &target.join(&free))?;
    if let Some((from, to)) = pair(&free) {
        copied += copy(from, &to)?;
    }
    Ok((free, copied))
}

/// `name`, or with the lowest number behind its stem that makes it fit and free.
fn free_name(name: &str, taken: &mut HashSet<String>, fits: impl Fn(&str) -> bool) -> String {
    let (stem, end) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or((name, None), |(stem, end)| (stem, Some(end)));
    let numbered = |n: u32| match (n, end) {
        (1, _) => name.to_owned(),
        (_, Some(end)) => format!("{stem} {n}.{end}"),
        (_, None) => format!("{stem} {n}"),
    };
    // Names that differ only in case or ending would get into each other's way: pairs go by base name.
    let base = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase();
    let free =
        (1..).map(numbered).find(|candidate| !taken.contains(&base(candidate)) && fits(candidate)).unwrap_or_else(|| name.to_owned());
    taken.insert(base(&free));
    free
}

/// Copies a file unless it is there already; the bytes copied. What is cut off in the middle has another name.
fn copy(from: &Path, to: &Path) -> std::io::Result<u64> {
    if same_content(from, to) {
        return Ok(0);
    }
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    // What was cut off before goes, were it a link.
    let _ = std::fs::remove_file(&part);
    let write = || -> std::io::Result<u64> {
        let (mut source, _) = files::open(from)?;
        let bytes = std::io::copy(&mut source, &mut files::create(part.as_ref())?)?;
        if files::is_link(to) {
            return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, "a link has its name there; remove it"));
        }
        std::fs::rename(&part, to).map(|()| bytes)
    };
    write().inspect_err(|_| drop(std::fs::remove_file(&part)))
}
