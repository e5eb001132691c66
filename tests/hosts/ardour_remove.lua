-- usage: HOME=<home with .vst3/PLUGIN.vst3> ardour7-lua ardour_remove.lua PLUGIN_NAME SESSION_DIR ROUNDS
-- (first: ardour-vst3-scanner on the bundle, see ardour_remove.sh)      Prints RESULT PASS or RESULT FAIL.
io.stdout:setvbuf("no")
local name, dir, rounds = arg[1], arg[2], tonumber(arg[3])
local rate, block = tonumber(os.getenv("RATE") or 48000), tonumber(os.getenv("BLOCK") or 1024)
local UI = ARDOUR.TransportRequestSource.TRS_UI
local us = ARDOUR.LuaAPI.usleep
local function fail(what) print("RESULT FAIL " .. what); os.exit(1) end
do local be = AudioEngine:set_backend("None (Dummy)", "", ""); be:set_device_name("Silence"); be:set_sample_rate(rate); be:set_buffer_size(block) end
local s = create_session(dir, "remove", rate)
-- As in ardour_check.lua: the track first, the instrument once the autoconnect thread is done.
local M1 = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
local t
for x in s:new_midi_track(M1, M1, false, ARDOUR.LuaAPI.new_plugin_info("", ARDOUR.PluginType.VST3), nil, nil, 1, "inst", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true):iter() do t = x end
us(2000000)
s:goto_start(false, UI); us(500000)
s:request_roll(UI); us(500000)
for round = 1, rounds do
  local proc = ARDOUR.LuaAPI.new_plugin(s, name, ARDOUR.PluginType.VST3, "")
  if proc:isnil() then fail("no plugin") end
  if t:add_processor_by_index(proc, 0, nil, true) ~= 0 then fail("not added") end
  us(300000)
  local pl = t:nth_plugin(0)
  local count = 0
  for number = 0, 39 do
    local al, cl, pd = ARDOUR.LuaAPI.plugin_automation(pl, number)
    if not al:isnil() then
      local now = s:transport_sample()
      for step = 0, 200 do cl:add(Temporal.timepos_t(now + step * rate // 20), (step % 2 == 0) and pd.lower or pd.upper, false, true) end
      pl:to_insert():to_automatable():automation_control(Evoral.Parameter(ARDOUR.AutomationType.PluginAutomation, 0, number), false):set_automation_state(ARDOUR.AutoState.Play)
      count = count + 1
    end
  end
  us(700000)
  if not s:transport_rolling() then fail("the transport stands") end
  if t:remove_processor(pl, nil, true) ~= 0 then fail("not removed") end
  pl, proc = nil, nil; collectgarbage(); collectgarbage()
  us(200000)
  print("     round " .. round .. ": removed while " .. count .. " parameters were automated, at sample " .. s:transport_sample())
end
s:request_stop(false, false, UI); us(500000)
print("RESULT PASS: removed " .. rounds .. " times")
t, s = nil, nil; Session = nil; collectgarbage(); collectgarbage(); us(300000); close_session(); us(500000)
quit()
