//! What kind of buffer shaders read a picture's numbers from: uniforms, or read-only storage where the driver asks for it.
//!
//! With uniforms, Mesa's lavapipe 22.3.6 was seen to keep 0.3 MB and more for each draw of our passes, as long as the pipeline. Its
//! source says which (`lvp_shader_init`, `update_inline_shader_state`): a shader of more than 100 SSA values whose branches or loops
//! end by uniforms alone is cloned for each draw with changed uniform buffers, and the clone, a child of the pipeline's, is compiled
//! and kept where inlining their values leaves at most half of the shader's values (or where a uniform is stored and used five times
//! or more). Else the first try is the last. Only uniform buffers are looked at.
//! The same numbers in a storage buffer that shaders don't write, laid out alike, make the same picture and keep nothing.

use std::borrow::Cow;

use videotracker_engine::shader::ShaderProgram;

/// Where shaders read a picture's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Uniforms {
    /// In uniform buffers, which graphics cards read fastest.
    Uniform,
    /// In storage buffers that shaders only read.
    Storage,
}

impl Uniforms {
    /// What is right for an adapter.
    pub(super) fn for_adapter(info: &wgpu::AdapterInfo) -> Self {
        let lavapipe = info.device_type == wgpu::DeviceType::Cpu && [&info.name, &info.driver].iter().any(|name| name.contains("llvmpipe"));
        if lavapipe { Self::Storage } else { Self::Uniform }
    }

    /// The binding of a buffer with a picture's numbers.
    pub(super) const fn binding(self) -> wgpu::BindingType {
        let ty = match self {
            Self::Uniform => wgpu::BufferBindingType::Uniform,
            Self::Storage => wgpu::BufferBindingType::Storage { read_only: true },
        };
        wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None }
    }

    /// What such a buffer is for.
    pub(super) fn usage(self) -> wgpu::BufferUsages {
        let reads = match self {
            Self::Uniform => wgpu::BufferUsages::UNIFORM,
            Self::Storage => wgpu::BufferUsages::STORAGE,
        };
        reads | wgpu::BufferUsages::COPY_DST
    }

    /// Where a part of such a buffer may begin: on multiples of this many bytes.
    pub(super) const fn alignment(self, limits: &wgpu::Limits) -> u32 {
        match self {
            Self::Uniform => limits.min_uniform_buffer_offset_alignment,
            Self::Storage => limits.min_storage_buffer_offset_alignment,
        }
    }

    /// One of the renderer's own shaders, whose buffers are declared `var<uniform>`.
    pub(super) fn source(self, text: &'static str) -> wgpu::ShaderSource<'static> {
        wgpu::ShaderSource::Wgsl(match self {
            Self::Uniform => Cow::Borrowed(text),
            Self::Storage => Cow::Owned(text.replace("var<uniform>", "var<storage, read>")),
        })
    }

    /// A program's module.
    pub(super) fn module(self, program: &ShaderProgram) -> wgpu::ShaderSource<'static> {
        wgpu::ShaderSource::Naga(Cow::Owned(match self {
            Self::Uniform => program.module.clone(),
            Self::Storage => program.reading_storage(),
        }))
    }
}
