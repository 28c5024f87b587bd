// The machines' descriptions are complete: every file reads, every placeholder has a value.

extern alias runner;

using System;
using System.Collections.Generic;
using System.Linq;
using runner::MinusOne.Ovmf.Runner.Machines;
using runner::MinusOne.Ovmf.Runner.Screens;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class MachineTests
{
    [Fact]
    public void FillsNames()
    {
        var values = new Dictionary<string, string> { ["disk"] = "d.img", ["com1"] = "{com2}" };
        Assert.Equal("a d.img {com2} { disk }", Template.Fill("a {disk} {com1} { disk }", values));
        Assert.Throws<InvalidOperationException>(() => Template.Fill("{unknown}", values));
    }

    [Fact]
    public void DescriptionsAreComplete()
    {
        Assert.Equal(["bochs", "qemu"], MachineDescription.Names());
        foreach (MachineDescription machine in MachineDescription.Names().Select(MachineDescription.Load))
        {
            foreach (IReadOnlyDictionary<string, string> variant in machine.Variants.Values)
            {
                Dictionary<string, string> values = new(variant)
                {
                    ["memory"] = "512",
                    ["hostmemory"] = "512",
                    ["processors"] = "4",
                    ["com1"] = "1",
                    ["com2"] = "2",
                    ["com3"] = "4",
                    ["debugger"] = "",
                    ["monitor"] = "3",
                    ["cylinders"] = "128",
                };
                foreach ((string name, string file) in machine.Files.SelectMany(need => need.Sets[0]))
                {
                    values[name] = file;
                }

                Assert.All(machine.Arguments, argument => Template.Fill(argument, values));
                Assert.All(machine.DebuggerArguments, argument => Template.Fill(argument, values));
                Assert.All(machine.ProcessorArguments, argument => Template.Fill(argument, values));
                Assert.NotNull(Template.Fill(machine.DebuggerLine, values));
                Assert.All(machine.Templates, name => Template.Fill(MachineDescription.Template(name), values));
                Assert.Contains("cpu", variant.Keys);
            }
        }
    }

    [Fact]
    public void ReadsListsOfModels()
    {
        string[] names = [.. CpuModels.Names("Supported CPU models:\n\npentium\nx86 486   (alias)\nx86 max   all\n")];
        Assert.Contains("pentium", names);
        Assert.Contains("486", names);
        Assert.Contains("max", names);
        Assert.DoesNotContain("x86", names);
    }

    [Fact]
    public void ExplainsHowBochsEnded()
    {
        Assert.Equal("it was powered off", BochsMachine.Explain("1p[ACPI  ] >>PANIC<< ACPI control: soft power off"));
        Assert.StartsWith(
            "triple fault (", BochsMachine.Explain("1p[CPU0  ] >>PANIC<< 3rd (13) exception with no resolution"));
        Assert.Equal("disk full", BochsMachine.Explain("1p[HD    ] >>PANIC<< disk full"));
    }

    [Fact]
    public void FindsTheListeningSocketOfAProcess()
    {
        string[] table =
        [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            "   0: 00000000:170C 00000000:0000 0A 00000000:00000000 00:00000000 00000000" +
            "     0        0 16512 1 0 100 0 0 10 0",
            "   1: 0100007F:170D 0100007F:1234 01 00000000:00000000 00:00000000 00000000" +
            "     0        0 16513 1 0 100 0 0 10 0",
        ];
        Assert.Equal(5900, ListeningPort.Find(table, new HashSet<string> { "16512" }));
        Assert.Null(ListeningPort.Find(table, new HashSet<string> { "16513" }));
    }
}
