//! What every pass that draws has in common: bindings, pipelines and the beginning of a pass.

/// A texture of floats that fragments read; `filterable` where a sampler reads between its texels.
pub(super) const fn texture(filterable: bool) -> wgpu::BindingType {
    wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    }
}

/// A sampler that filters.
pub(super) const SAMPLER: wgpu::BindingType = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);

/// The layout of these bindings, counted from 0: what each is, and which stages read it.
pub(super) fn bindings(
    device: &wgpu::Device,
    label: &str,
    bindings: impl IntoIterator<Item = (wgpu::ShaderStages, wgpu::BindingType)>,
) -> wgpu::BindGroupLayout {
    let entries =
        (0..).zip(bindings).map(|(binding, (visibility, ty))| wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None });
    let entries: Vec<_> = entries.collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries })
}

/// The layout of pipelines with one group of bindings, or none.
pub(super) fn layout(device: &wgpu::Device, label: &str, group: Option<&wgpu::BindGroupLayout>) -> wgpu::PipelineLayout {
    let groups = [group];
    let bind_group_layouts = if group.is_some() { &groups[..] } else { &[] };
    device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor { label: Some(label), bind_group_layouts, immediate_size: 0 })
}

/// A sampler between texels, which holds the edge beyond it.
pub(super) fn linear(device: &wgpu::Device) -> wgpu::Sampler {
    device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("linear"),
        mag_filter: wgpu::FilterMode::Linear,
        min_filter: wgpu::FilterMode::Linear,
        ..wgpu::SamplerDescriptor::default()
    })
}

/// A pipeline that draws without depth into one picture.
#[derive(Debug)]
pub(super) struct Drawing<'a> {
    pub label: &'a str,
    pub layout: &'a wgpu::PipelineLayout,
    /// The module of each stage, and its function; without a name it is the module's only one.
    pub vertex: (&'a wgpu::ShaderModule, &'a str),
    pub fragment: (&'a wgpu::ShaderModule, Option<&'a str>),
    /// What the vertex stage reads of buffers.
    pub buffers: &'a [Option<wgpu::VertexBufferLayout<'a>>],
    pub topology: wgpu::PrimitiveTopology,
    /// The fragment stage's overrides.
    pub constants: &'a [(&'a str, f64)],
    pub target: wgpu::ColorTargetState,
}

impl<'a> Drawing<'a> {
    /// A triangle that covers all of a picture, from `module`'s `cover`, coloured by one of its functions.
    pub(super) fn cover(
        label: &'a str,
        layout: &'a wgpu::PipelineLayout,
        module: &'a wgpu::ShaderModule,
        fragment: &'a str,
        format: wgpu::TextureFormat,
    ) -> Self {
        Self {
            label,
            layout,
            vertex: (module, "cover"),
            fragment: (module, Some(fragment)),
            buffers: &[],
            topology: wgpu::PrimitiveTopology::TriangleList,
            constants: &[],
            target: format.into(),
        }
    }

    /// Makes the pipeline.
    pub(super) fn pipeline(&self, device: &wgpu::Device) -> wgpu::RenderPipeline {
        device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(self.label),
            layout: Some(self.layout),
            vertex: wgpu::VertexState {
                module: self.vertex.0,
                entry_point: Some(self.vertex.1),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: self.buffers,
            },
            primitive: wgpu::PrimitiveState { topology: self.topology, ..wgpu::PrimitiveState::default() },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: self.fragment.0,
                entry_point: self.fragment.1,
                compilation_options: wgpu::PipelineCompilationOptions { constants: self.constants, ..Default::default() },
                targets: &[Some(self.target.clone())],
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}

/// Begins a pass into `target`, over what is there or over a colour.
pub(super) fn begin<'e>(
    encoder: &'e mut wgpu::CommandEncoder,
    label: &str,
    target: &wgpu::TextureView,
    load: wgpu::LoadOp<wgpu::Color>,
) -> wgpu::RenderPass<'e> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some(label),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: target,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations { load, store: wgpu::StoreOp::Store },
        })],
        ..wgpu::RenderPassDescriptor::default()
    })
}
