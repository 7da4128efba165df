/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "direct.h"

/* Direct3D 11's own default: without a description. Only what is wholly left to it. */
static bool is_default(uint32_t format, uint32_t dimension, uint32_t rest)
{
    return format == 0 && dimension == 0 && rest == 0;
}

static uint32_t array_length(const struct pvgpu_cmd_create_resource *r)
{
    return r->depth_or_array ? r->depth_or_array : 1;
}

/* The shapes that RTV, SRV and UAV number alike: 1 buffer to 8 3D, 9 cube, 10 cube array. */
static uint32_t dimension_of(const struct pvgpu_cmd_create_resource *r, bool shader)
{
    bool array = array_length(r) > 1;
    switch (r->kind) {
    case PVGPU_KIND_BUFFER:
        return 1;
    case PVGPU_KIND_TEXTURE_1D:
        return array ? 3 : 2;
    case PVGPU_KIND_TEXTURE_3D:
        return 8;
    default:
        if (shader && r->misc & D3D11_RESOURCE_MISC_TEXTURECUBE)
            return array_length(r) > 6 ? 10 : 9;
        if (r->sample_count > 1)
            return array ? 7 : 6;
        return array ? 5 : 4;
    }
}

/* 0 and all ones: to the end. */
static UINT rest(uint32_t count, uint32_t first, uint32_t total)
{
    return count == 0 || count == PVGPU_ALL_REMAINING ? total - first : count;
}

static UINT slices(const struct pvgpu_cmd_create_resource *r, uint32_t count, uint32_t first)
{
    return rest(count, first, array_length(r));
}

static UINT elements(const struct pvgpu_cmd_create_resource *r, uint32_t format, uint32_t count, uint32_t first)
{
    return rest(count, first, r->width / exact_format(format)->block_bytes);
}

static UINT depth_at(const struct pvgpu_cmd_create_resource *r, uint32_t mip)
{
    return r->depth_or_array >> mip ? r->depth_or_array >> mip : 1;
}

void exact_create_render_target_view(struct exact_run *run, const struct pvgpu_cmd_create_render_target_view *desc)
{
    const struct pvgpu_cmd_create_resource *r = &run->shapes[desc->resource];
    D3D11_RENDER_TARGET_VIEW_DESC host = {
        .Format = (DXGI_FORMAT)(desc->format ? desc->format : r->format),
        .ViewDimension = (D3D11_RTV_DIMENSION)(desc->dimension ? desc->dimension : dimension_of(r, false)),
    };
    uint32_t first = desc->first_slice, count = desc->slice_count;
    switch (host.ViewDimension) {
    case D3D11_RTV_DIMENSION_BUFFER:
        host.Buffer.FirstElement = first;
        host.Buffer.NumElements = elements(r, host.Format, count, first);
        break;
    case D3D11_RTV_DIMENSION_TEXTURE1D:
        host.Texture1D.MipSlice = desc->mip;
        break;
    case D3D11_RTV_DIMENSION_TEXTURE1DARRAY:
        host.Texture1DArray = (D3D11_TEX1D_ARRAY_RTV){desc->mip, first, slices(r, count, first)};
        break;
    case D3D11_RTV_DIMENSION_TEXTURE2D:
        host.Texture2D.MipSlice = desc->mip;
        break;
    case D3D11_RTV_DIMENSION_TEXTURE2DARRAY:
        host.Texture2DArray = (D3D11_TEX2D_ARRAY_RTV){desc->mip, first, slices(r, count, first)};
        break;
    case D3D11_RTV_DIMENSION_TEXTURE2DMSARRAY:
        host.Texture2DMSArray = (D3D11_TEX2DMS_ARRAY_RTV){first, slices(r, count, first)};
        break;
    case D3D11_RTV_DIMENSION_TEXTURE3D:
        host.Texture3D = (D3D11_TEX3D_RTV){desc->mip, first, rest(count, first, depth_at(r, desc->mip))};
        break;
    default:
        break;
    }
    bool defaults = is_default(desc->format, desc->dimension, desc->mip | first | count);
    ID3D11RenderTargetView *view = NULL;
    TRY(run, ID3D11Device_CreateRenderTargetView(direct_of(run)->device, direct_find(run, desc->resource),
                                                 defaults ? NULL : &host, &view));
    direct_keep(run, desc->id, view);
}

void exact_create_depth_stencil_view(struct exact_run *run, const struct pvgpu_cmd_create_depth_stencil_view *desc)
{
    const struct pvgpu_cmd_create_resource *r = &run->shapes[desc->resource];
    /* Numbered one below the other types of views, without buffers. */
    D3D11_DEPTH_STENCIL_VIEW_DESC host = {
        .Format = (DXGI_FORMAT)(desc->format ? desc->format : r->format),
        .ViewDimension = (D3D11_DSV_DIMENSION)(desc->dimension ? desc->dimension : dimension_of(r, false) - 1),
        .Flags = desc->flags,
    };
    uint32_t first = desc->first_slice, count = desc->slice_count;
    switch (host.ViewDimension) {
    case D3D11_DSV_DIMENSION_TEXTURE1D:
        host.Texture1D.MipSlice = desc->mip;
        break;
    case D3D11_DSV_DIMENSION_TEXTURE1DARRAY:
        host.Texture1DArray = (D3D11_TEX1D_ARRAY_DSV){desc->mip, first, slices(r, count, first)};
        break;
    case D3D11_DSV_DIMENSION_TEXTURE2D:
        host.Texture2D.MipSlice = desc->mip;
        break;
    case D3D11_DSV_DIMENSION_TEXTURE2DARRAY:
        host.Texture2DArray = (D3D11_TEX2D_ARRAY_DSV){desc->mip, first, slices(r, count, first)};
        break;
    case D3D11_DSV_DIMENSION_TEXTURE2DMSARRAY:
        host.Texture2DMSArray = (D3D11_TEX2DMS_ARRAY_DSV){first, slices(r, count, first)};
        break;
    default:
        break;
    }
    bool defaults = is_default(desc->format, desc->dimension, desc->mip | first | count | desc->flags);
    ID3D11DepthStencilView *view = NULL;
    TRY(run, ID3D11Device_CreateDepthStencilView(direct_of(run)->device, direct_find(run, desc->resource),
                                                 defaults ? NULL : &host, &view));
    direct_keep(run, desc->id, view);
}

static void describe_shader_view(const struct pvgpu_cmd_create_shader_resource_view *desc,
                                 const struct pvgpu_cmd_create_resource *r, D3D11_SHADER_RESOURCE_VIEW_DESC *host)
{
    uint32_t first = desc->first_slice, count = desc->slice_count, mip = desc->first;
    UINT mips = host->ViewDimension == D3D11_SRV_DIMENSION_BUFFER ? 0 : rest(desc->count, mip, exact_mip_count(r));
    switch (host->ViewDimension) {
    case D3D11_SRV_DIMENSION_BUFFER:
        host->Buffer.FirstElement = desc->first;
        host->Buffer.NumElements = elements(r, host->Format, desc->count, desc->first);
        break;
    case D3D11_SRV_DIMENSION_TEXTURE1D:
        host->Texture1D = (D3D11_TEX1D_SRV){mip, mips};
        break;
    case D3D11_SRV_DIMENSION_TEXTURE1DARRAY:
        host->Texture1DArray = (D3D11_TEX1D_ARRAY_SRV){mip, mips, first, slices(r, count, first)};
        break;
    case D3D11_SRV_DIMENSION_TEXTURE2D:
        host->Texture2D = (D3D11_TEX2D_SRV){mip, mips};
        break;
    case D3D11_SRV_DIMENSION_TEXTURE2DARRAY:
        host->Texture2DArray = (D3D11_TEX2D_ARRAY_SRV){mip, mips, first, slices(r, count, first)};
        break;
    case D3D11_SRV_DIMENSION_TEXTURE2DMSARRAY:
        host->Texture2DMSArray = (D3D11_TEX2DMS_ARRAY_SRV){first, slices(r, count, first)};
        break;
    case D3D11_SRV_DIMENSION_TEXTURE3D:
        host->Texture3D = (D3D11_TEX3D_SRV){mip, mips};
        break;
    case D3D11_SRV_DIMENSION_TEXTURECUBE:
        host->TextureCube = (D3D11_TEXCUBE_SRV){mip, mips};
        break;
    case D3D11_SRV_DIMENSION_TEXTURECUBEARRAY:
        host->TextureCubeArray = (D3D11_TEXCUBE_ARRAY_SRV){mip, mips, first, slices(r, count, first) / 6};
        break;
    default:
        break;
    }
}

void exact_create_shader_resource_view(struct exact_run *run, const struct pvgpu_cmd_create_shader_resource_view *desc)
{
    const struct pvgpu_cmd_create_resource *r = &run->shapes[desc->resource];
    D3D11_SHADER_RESOURCE_VIEW_DESC host = {
        .Format = (DXGI_FORMAT)(desc->format ? desc->format : r->format),
        .ViewDimension = (D3D11_SRV_DIMENSION)(desc->dimension ? desc->dimension : dimension_of(r, true)),
    };
    describe_shader_view(desc, r, &host);
    bool defaults =
        is_default(desc->format, desc->dimension, desc->first | desc->count | desc->first_slice | desc->slice_count);
    ID3D11ShaderResourceView *view = NULL;
    TRY(run, ID3D11Device_CreateShaderResourceView(direct_of(run)->device, direct_find(run, desc->resource),
                                                   defaults ? NULL : &host, &view));
    direct_keep(run, desc->id, view);
}

void exact_create_unordered_access_view(struct exact_run *run,
                                        const struct pvgpu_cmd_create_unordered_access_view *desc)
{
    const struct pvgpu_cmd_create_resource *r = &run->shapes[desc->resource];
    D3D11_UNORDERED_ACCESS_VIEW_DESC host = {
        .Format = (DXGI_FORMAT)(desc->format ? desc->format : r->format),
        .ViewDimension = (D3D11_UAV_DIMENSION)(desc->dimension ? desc->dimension : dimension_of(r, false)),
    };
    uint32_t first = desc->first_slice, count = desc->slice_count_or_flags;
    switch (host.ViewDimension) {
    case D3D11_UAV_DIMENSION_BUFFER:
        host.Buffer = (D3D11_BUFFER_UAV){desc->first, elements(r, host.Format, desc->count, desc->first), count};
        break;
    case D3D11_UAV_DIMENSION_TEXTURE1D:
        host.Texture1D.MipSlice = desc->first;
        break;
    case D3D11_UAV_DIMENSION_TEXTURE1DARRAY:
        host.Texture1DArray = (D3D11_TEX1D_ARRAY_UAV){desc->first, first, slices(r, count, first)};
        break;
    case D3D11_UAV_DIMENSION_TEXTURE2D:
        host.Texture2D.MipSlice = desc->first;
        break;
    case D3D11_UAV_DIMENSION_TEXTURE2DARRAY:
        host.Texture2DArray = (D3D11_TEX2D_ARRAY_UAV){desc->first, first, slices(r, count, first)};
        break;
    case D3D11_UAV_DIMENSION_TEXTURE3D:
        host.Texture3D = (D3D11_TEX3D_UAV){desc->first, first, rest(count, first, depth_at(r, desc->first))};
        break;
    default:
        break;
    }
    bool defaults = is_default(desc->format, desc->dimension, desc->first | desc->count | first | count);
    ID3D11UnorderedAccessView *view = NULL;
    TRY(run, ID3D11Device_CreateUnorderedAccessView(direct_of(run)->device, direct_find(run, desc->resource),
                                                    defaults ? NULL : &host, &view));
    direct_keep(run, desc->id, view);
}
