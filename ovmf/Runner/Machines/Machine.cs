// A machine that runs. What differs between the emulators is how to take a picture and how to find out why it ended.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using MinusOne.Ovmf.Runner.Disk;
using MinusOne.Ovmf.Runner.Screens;
using MinusOne.Ovmf.Runner.Serial;

namespace MinusOne.Ovmf.Runner.Machines;

internal abstract class Machine(MachinePlan plan, RunFolder folder) : IDisposable
{
    private const string OutputLog = "machine.log";

    private EmulatorProcess? _process;

    // Completes when the machine is off, by itself or because its process ended.
    public virtual Task Ended => Process.Exited;

    // Its own words on why it ended, the most telling last.
    public abstract IReadOnlyList<string> LastWords { get; }

    // For a machine without last words; 137 is what a killed process leaves.
    public string ProcessEnd =>
        Process.Exited.IsCompleted ? $"its process ended with status {Process.Exited.Result}" : "no reason given";

    protected EmulatorProcess Process => _process ?? throw new InvalidOperationException("the machine was not started");

    protected MachinePlan Plan => plan;

    protected RunFolder Folder => folder;

    public static Machine Create(MachinePlan plan, RunFolder folder) =>
        plan.Name == MachinePlan.Qemu ? new QemuMachine(plan, folder) : new BochsMachine(plan, folder);

    // Null if there is no picture to be had.
    public abstract Task<Picture?> TakePicture();

    public virtual void Start(PortListener com1, PortListener com2, PortListener? com3, PortListener? com4)
    {
        Dictionary<string, string> values = new(plan.Values)
        {
            ["com1"] = com1.Port,
            ["com2"] = com2.Port,
            ["com3"] = com3?.Port ?? "",
            ["com4"] = com4?.Port ?? "",
            ["cylinders"] = $"{new FileInfo(folder.PathOf(BootDisk.Name)).Length / LargeDisk.BytesPerCylinder}",
        };
        values["debugger"] = com3 == null ? "" : Template.Fill(plan.Description.DebuggerLine, values);
        AddValues(values);
        foreach (string name in plan.Description.Copies)
        {
            File.Copy(values[name], folder.PathOf(name));
            values[name] = name;
        }

        foreach (string name in plan.Description.Templates)
        {
            File.WriteAllText(folder.PathOf(name), Template.Fill(MachineDescription.Template(name), values));
        }

        IEnumerable<string> arguments = plan.Description.Arguments
            .Concat(com4 == null ? [] : plan.Description.FourthPort)
            .Concat(plan.HasOneProcessor ? [] : plan.Description.ProcessorArguments)
            .Select(argument => Template.Fill(argument, values))
            .Concat(com3 == null ? [] : plan.Description.DebuggerArguments.Select(word => Template.Fill(word, values)))
            .Concat(plan.MoreArguments);
        _process = EmulatorProcess.Start(plan.Program, arguments, folder.PathOf(""), folder.PathOf(OutputLog));
    }

    public void Kill() => _process?.Kill();

    public virtual void Dispose()
    {
        _process?.Dispose();
        GC.SuppressFinalize(this);
    }

    protected virtual void AddValues(Dictionary<string, string> values)
    {
    }

    protected IEnumerable<string> LogLines() => Lines(plan.Description.Log);

    // What the program printed.
    protected IEnumerable<string> OutputLines() => Lines(OutputLog);

    private IEnumerable<string> Lines(string name)
    {
        string log = folder.PathOf(name);
        return File.Exists(log) ? File.ReadLines(log).Where(line => line.Trim().Length > 0) : [];
    }
}
