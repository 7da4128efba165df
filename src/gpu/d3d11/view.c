/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/d3d11/device.h"

static enum pvgpu_gpu_result create_render_target_view(struct pvgpu_d3d11 *d3d, struct pvgpu_view *view)
{
    D3D11_RENDER_TARGET_VIEW_DESC desc = {
        .Format = (DXGI_FORMAT)view->format,
        .ViewDimension = (D3D11_RTV_DIMENSION)view->dimension,
    };
    switch (desc.ViewDimension) {
    case D3D11_RTV_DIMENSION_BUFFER:
        desc.Buffer.FirstElement = view->first_slice;
        desc.Buffer.NumElements = view->slice_count;
        break;
    case D3D11_RTV_DIMENSION_TEXTURE1D:
        desc.Texture1D.MipSlice = view->first_mip;
        break;
    case D3D11_RTV_DIMENSION_TEXTURE1DARRAY:
        desc.Texture1DArray.MipSlice = view->first_mip;
        desc.Texture1DArray.FirstArraySlice = view->first_slice;
        desc.Texture1DArray.ArraySize = view->slice_count;
        break;
    case D3D11_RTV_DIMENSION_TEXTURE2D:
        desc.Texture2D.MipSlice = view->first_mip;
        break;
    case D3D11_RTV_DIMENSION_TEXTURE2DARRAY:
        desc.Texture2DArray.MipSlice = view->first_mip;
        desc.Texture2DArray.FirstArraySlice = view->first_slice;
        desc.Texture2DArray.ArraySize = view->slice_count;
        break;
    case D3D11_RTV_DIMENSION_TEXTURE2DMSARRAY:
        desc.Texture2DMSArray.FirstArraySlice = view->first_slice;
        desc.Texture2DMSArray.ArraySize = view->slice_count;
        break;
    case D3D11_RTV_DIMENSION_TEXTURE3D:
        desc.Texture3D.MipSlice = view->first_mip;
        desc.Texture3D.FirstWSlice = view->first_slice;
        desc.Texture3D.WSize = view->slice_count;
        break;
    default: /* TEXTURE2DMS has no fields */
        break;
    }
    ID3D11RenderTargetView *host = NULL;
    enum pvgpu_gpu_result result =
        PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateRenderTargetView(d3d->device, view->resource->base.host, &desc, &host));
    view->base.host = host;
    return result;
}

static enum pvgpu_gpu_result create_depth_stencil_view(struct pvgpu_d3d11 *d3d, struct pvgpu_view *view)
{
    D3D11_DEPTH_STENCIL_VIEW_DESC desc = {
        .Format = (DXGI_FORMAT)view->format,
        .ViewDimension = (D3D11_DSV_DIMENSION)view->dimension,
        .Flags = view->flags,
    };
    switch (desc.ViewDimension) {
    case D3D11_DSV_DIMENSION_TEXTURE1D:
        desc.Texture1D.MipSlice = view->first_mip;
        break;
    case D3D11_DSV_DIMENSION_TEXTURE1DARRAY:
        desc.Texture1DArray.MipSlice = view->first_mip;
        desc.Texture1DArray.FirstArraySlice = view->first_slice;
        desc.Texture1DArray.ArraySize = view->slice_count;
        break;
    case D3D11_DSV_DIMENSION_TEXTURE2D:
        desc.Texture2D.MipSlice = view->first_mip;
        break;
    case D3D11_DSV_DIMENSION_TEXTURE2DARRAY:
        desc.Texture2DArray.MipSlice = view->first_mip;
        desc.Texture2DArray.FirstArraySlice = view->first_slice;
        desc.Texture2DArray.ArraySize = view->slice_count;
        break;
    case D3D11_DSV_DIMENSION_TEXTURE2DMSARRAY:
        desc.Texture2DMSArray.FirstArraySlice = view->first_slice;
        desc.Texture2DMSArray.ArraySize = view->slice_count;
        break;
    default:
        break;
    }
    ID3D11DepthStencilView *host = NULL;
    enum pvgpu_gpu_result result =
        PVGPU_D3D11_TRY(d3d, ID3D11Device_CreateDepthStencilView(d3d->device, view->resource->base.host, &desc, &host));
    view->base.host = host;
    return result;
}

_Static_assert(PVGPU_DSV_READ_ONLY_DEPTH == D3D11_DSV_READ_ONLY_DEPTH &&
                   PVGPU_DSV_READ_ONLY_STENCIL == D3D11_DSV_READ_ONLY_STENCIL,
               "view flags are handed on as they are");

static void describe_shader_resource(const struct pvgpu_view *view, D3D11_SHADER_RESOURCE_VIEW_DESC *desc)
{
    switch (desc->ViewDimension) {
    case D3D11_SRV_DIMENSION_BUFFER:
        desc->Buffer.FirstElement = view->first_slice;
        desc->Buffer.NumElements = view->slice_count;
        break;
    case D3D11_SRV_DIMENSION_BUFFEREX:
        desc->BufferEx.FirstElement = view->first_slice;
        desc->BufferEx.NumElements = view->slice_count;
        desc->BufferEx.Flags = view->flags;
        break;
    case D3D11_SRV_DIMENSION_TEXTURE1DARRAY:
        desc->Texture1DArray.FirstArraySlice = view->first_slice;
        desc->Texture1DArray.ArraySize = view->slice_count;
        desc->Texture1DArray.MostDetailedMip = view->first_mip;
        desc->Texture1DArray.MipLevels = view->mip_count;
        break;
    case D3D11_SRV_DIMENSION_TEXTURE2DARRAY:
        desc->Texture2DArray.FirstArraySlice = view->first_slice;
        desc->Texture2DArray.ArraySize = view->slice_count;
        desc->Texture2DArray.MostDetailedMip = view->first_mip;
        desc->Texture2DArray.MipLevels = view->mip_count;
        break;
    case D3D11_SRV_DIMENSION_TEXTURE2DMSARRAY:
        desc->Texture2DMSArray.FirstArraySlice = view->first_slice;
        desc->Texture2DMSArray.ArraySize = view->slice_count;
        break;
    case D3D11_SRV_DIMENSION_TEXTURECUBEARRAY:
        desc->TextureCubeArray.First2DArrayFace = view->first_slice;
        desc->TextureCubeArray.NumCubes = view->slice_count / 6;
        desc->TextureCubeArray.MostDetailedMip = view->first_mip;
        desc->TextureCubeArray.MipLevels = view->mip_count;
        break;
    case D3D11_SRV_DIMENSION_TEXTURE1D:
    case D3D11_SRV_DIMENSION_TEXTURE2D:
    case D3D11_SRV_DIMENSION_TEXTURE3D:
    case D3D11_SRV_DIMENSION_TEXTURECUBE:
        /* These four have the same two fields. */
        desc->Texture2D.MostDetailedMip = view->first_mip;
        desc->Texture2D.MipLevels = view->mip_count;
        break;
    default:
        break;
    }
}

static enum pvgpu_gpu_result create_shader_resource_view(struct pvgpu_d3d11 *d3d, struct pvgpu_view *view)
{
    D3D11_SHADER_RESOURCE_VIEW_DESC desc = {
        .Format = (DXGI_FORMAT)view->format,
        .ViewDimension = (D3D11_SRV_DIMENSION)view->dimension,
    };
    describe_shader_resource(view, &desc);
    ID3D11ShaderResourceView *host = NULL;
    enum pvgpu_gpu_result result = PVGPU_D3D11_TRY(
        d3d, ID3D11Device_CreateShaderResourceView(d3d->device, view->resource->base.host, &desc, &host));
    view->base.host = host;
    return result;
}

static enum pvgpu_gpu_result create_unordered_access_view(struct pvgpu_d3d11 *d3d, struct pvgpu_view *view)
{
    D3D11_UNORDERED_ACCESS_VIEW_DESC desc = {
        .Format = (DXGI_FORMAT)view->format,
        .ViewDimension = (D3D11_UAV_DIMENSION)view->dimension,
    };
    switch (desc.ViewDimension) {
    case D3D11_UAV_DIMENSION_BUFFER:
        desc.Buffer.FirstElement = view->first_slice;
        desc.Buffer.NumElements = view->slice_count;
        desc.Buffer.Flags = view->flags;
        break;
    case D3D11_UAV_DIMENSION_TEXTURE1D:
        desc.Texture1D.MipSlice = view->first_mip;
        break;
    case D3D11_UAV_DIMENSION_TEXTURE1DARRAY:
        desc.Texture1DArray.MipSlice = view->first_mip;
        desc.Texture1DArray.FirstArraySlice = view->first_slice;
        desc.Texture1DArray.ArraySize = view->slice_count;
        break;
    case D3D11_UAV_DIMENSION_TEXTURE2D:
        desc.Texture2D.MipSlice = view->first_mip;
        break;
    case D3D11_UAV_DIMENSION_TEXTURE2DARRAY:
        desc.Texture2DArray.MipSlice = view->first_mip;
        desc.Texture2DArray.FirstArraySlice = view->first_slice;
        desc.Texture2DArray.ArraySize = view->slice_count;
        break;
    case D3D11_UAV_DIMENSION_TEXTURE3D:
        desc.Texture3D.MipSlice = view->first_mip;
        desc.Texture3D.FirstWSlice = view->first_slice;
        desc.Texture3D.WSize = view->slice_count;
        break;
    default:
        break;
    }
    ID3D11UnorderedAccessView *host = NULL;
    enum pvgpu_gpu_result result = PVGPU_D3D11_TRY(
        d3d, ID3D11Device_CreateUnorderedAccessView(d3d->device, view->resource->base.host, &desc, &host));
    view->base.host = host;
    return result;
}

enum pvgpu_gpu_result pvgpu_d3d11_create_view(struct pvgpu_gpu *gpu, struct pvgpu_view *view)
{
    struct pvgpu_d3d11 *d3d = pvgpu_d3d11_from(gpu);
    switch (view->base.type) {
    case PVGPU_OBJECT_RENDER_TARGET_VIEW:
        return create_render_target_view(d3d, view);
    case PVGPU_OBJECT_DEPTH_STENCIL_VIEW:
        return create_depth_stencil_view(d3d, view);
    case PVGPU_OBJECT_SHADER_RESOURCE_VIEW:
        return create_shader_resource_view(d3d, view);
    default:
        return create_unordered_access_view(d3d, view);
    }
}
