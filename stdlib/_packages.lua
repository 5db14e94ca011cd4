-- What the package managers of distributions share. Loaded before the other modules, for its name.

local tb = ...

---Cache mounts of the workspace's field, else those that `own` makes.
---@param field string
---@param own fun(): mount[]
---@return mount[]
function tb.package_caches(field, own)
  local settings = tb.settings(field)
  return settings and settings.caches or own()
end

---The names sorted, each once, and quoted for a shell: the order in which an author lists packages is not part of a layer.
---@param packages string[]
---@param caller string the function that they were given to
---@param pattern string what a name looks like
---@param hint string
---@return string
function tb.package_words(packages, caller, pattern, hint)
  local seen, names = {}, {}
  for _, name in ipairs(packages) do
    if not name:find(pattern) then tb.fail("'" .. name .. "' is not the name of a package", hint) end
    if not seen[name] then
      seen[name] = true
      table.insert(names, name)
    end
  end
  if #names == 0 then tb.fail(caller .. ' needs at least one package') end
  table.sort(names)
  return "'" .. table.concat(names, "' '") .. "'"
end
