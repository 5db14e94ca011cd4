-- oci: the labels and annotations that the OCI image specification names.

local tb = ...

local keys = {
  { 'title', 'title', 'name for people' },
  { 'description', 'description', 'what it holds' },
  { 'vendor', 'vendor', 'who distributes it' },
  { 'version', 'version', 'version of what it holds' },
  { 'revision', 'revision', 'commit that it is built from' },
  { 'created', 'created', 'when it was built' },
  { 'authors', 'authors', 'who is responsible' },
  { 'url', 'url', 'where to learn more' },
  { 'documentation', 'documentation', 'where its documentation is' },
  { 'source', 'source', 'where its source is' },
  { 'licenses', 'licenses', 'SPDX expression of its licences' },
  { 'ref_name', 'ref.name', 'name of the reference' },
  { 'base_name', 'base.name', 'name of the base image' },
  { 'base_digest', 'base.digest', 'digest of the base image' },
}

local fields = {}
for _, key in ipairs(keys) do table.insert(fields, { key[1], tb.type 'stamped', key[3] }) end

---@param values table<string, string>
---@return table<string, string>
local function prefixed(values)
  local out = {}
  for _, key in ipairs(keys) do out['org.opencontainers.image.' .. key[2]] = values[key[1]] end
  return out
end

tb.define {
  name = 'oci.labels',
  doc = 'Labels with the keys of the OCI image specification: vendor is org.opencontainers.image.vendor.',
  fields = fields,
  returns = 'table<string, string>',
  prefixed,
}

tb.define {
  name = 'oci.annotations',
  doc = 'Annotations with the keys of the OCI image specification.',
  fields = fields,
  returns = 'table<string, string>',
  prefixed,
}
