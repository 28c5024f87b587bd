// The rooms of hv/, which every file of the image and of the unit tests sees. Which room may use which, RoomTests says.

global using MinusOne.Hv;
global using MinusOne.Hv.Audit;
global using MinusOne.Hv.Console;
global using MinusOne.Hv.Devices;
global using MinusOne.Hv.Devices.Interrupts;
global using MinusOne.Hv.Devices.Platform;
global using MinusOne.Hv.Devices.Serial;
global using MinusOne.Hv.Devices.Timers;
global using MinusOne.Hv.Exits;
global using MinusOne.Hv.Exits.Emulate;
global using MinusOne.Hv.Exits.Emulate.Space;
global using MinusOne.Hv.Exits.Msrs;
global using MinusOne.Hv.Guests;
global using MinusOne.Hv.Lessons;
global using MinusOne.Hv.Loading;
global using MinusOne.Hv.Memory;
global using MinusOne.Hv.Processor;
global using MinusOne.Hv.Processor.Facts;
global using MinusOne.Hv.Report;
global using MinusOne.Hv.Seam;
global using MinusOne.Hv.Turns;
global using MinusOne.Hv.Vendor;
global using MinusOne.Hv.Vmx;
global using MinusOne.Hv.Vmx.Controls;
global using MinusOne.Hv.Vmx.Fields;
global using MinusOne.Hv.X86;
// The backend behind the door (Processor/IBackend.cs).
global using Backend = MinusOne.Hv.Vmx.VmxBackend;
global using ExitFacts = MinusOne.Hv.Vmx.VmxExit;
global using GuestState = MinusOne.Hv.Vmx.VmxState;
