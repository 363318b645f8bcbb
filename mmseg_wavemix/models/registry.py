"""Registries of the block's exchangeable parts.

``_scope_='mmseg'`` in their configs keeps them found inside an mmpretrain run, too.
"""

from mmengine.registry import Registry

TOKEN_MIXERS = Registry('token mixer', scope='mmseg')
UPSAMPLERS = Registry('upsampler', scope='mmseg')
