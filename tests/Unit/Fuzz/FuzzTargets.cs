// What is fuzzed: everything that reads what a guest, a file or a person has written. A target gets any bytes, and
// throws if a rule is broken; that it comes to an end is for the fuzzer to watch. What a random test does already, the
// input plays in chance's place.

extern alias guests;

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Efi.Options;
using MinusOne.Tests.Unit.Debug;
using MinusOne.Tests.Unit.Decode;
using MinusOne.Tests.Unit.Devices;
using MinusOne.Tests.Unit.Loading;
using MinusOne.Tests.Unit.Memory;
using MinusOne.Tests.Unit.Metal;
using MinusOne.Tests.Unit.Usb;
using MinusOne.Tests.Unit.Virtio;
using Xunit;
using HvMonitor = MinusOne.Hv.Console.Monitor;

namespace MinusOne.Tests.Unit.Fuzz;

public static unsafe class FuzzTargets
{
    private const ulong KernelMemory = 0x20_0000;
    private const ulong EmulatedStart = 0x1_0000;

    // Packets that `packets` has played, many in an execution.
    public static long Packets => GdbPackets.Sent;

    private static readonly EmulatedMemory s_memory = new(EmulatedStart, 0x1_0000);

    public static IReadOnlyDictionary<string, Action<byte[]>> All { get; } = new Dictionary<string, Action<byte[]>>
    {
        ["instructions"] = Instructions,
        ["kernels"] = Kernels,
        ["options"] = Options,
        ["tables"] = Tables,
        ["devices"] = Devices,
        ["console"] = Console,
        ["walks"] = Walks,
        ["queues"] = Queues,
        ["network"] = NetworkFuzz.Play,
        ["balloons"] = input => VirtioBalloonTests.Play(new InputRandom(input), int.MaxValue),
        ["debugger"] = input => GdbPacketTests.Play(new InputRandom(input)),
        ["packets"] = input => GdbPackets.Play(new InputRandom(input)),
        ["keyboards"] = input => LyingXhci.Play(new InputRandom(input)),
        ["disks"] = input => VirtioBlockTests.Play(new InputRandom(input), int.MaxValue),
    };

    // A code size, an instruction, and registers for it.
    private static void Instructions(byte[] input)
    {
        var random = new InputRandom(input);
        var code = (CodeSize)(2 << random.Next(3));
        byte[] bytes = new byte[Math.Min(15, Math.Max(0, input.Length - 1))];
        random.NextBytes(bytes);
        DecodedInstruction instruction = InstructionDecoder.Decode(bytes, code);
        Assert.InRange(instruction.Length, 0, bytes.Length);
        Host.Written(Output.Log).Clear();
        Disassembly.Write(Writer.Log, in instruction, bytes);
        Assert.InRange(Host.Written(Output.Log).Count, 1, 110);
        if (instruction.Status != DecodeStatus.Ok)
        {
            return;
        }

        GuestRegisters registers = default;
        for (int i = 0; i < 16; i++)
        {
            registers[i] = EmulatedStart + (ulong)random.NextInt64(1 << 16);
        }

        registers.Rcx = (ulong)random.NextInt64(1 << 9);
        var flags = (Rflags)(uint)random.Next(1 << 12);
        SegmentBases bases = default;
        s_memory.Bytes.AsSpan().Clear();
        s_memory.Run(in instruction, ref registers, ref flags, in bases, EmulatedStart);
    }

    // What goes with the kernel, where it begins if it is flat, and the file.
    private static void Kernels(byte[] input)
    {
        var random = new InputRandom(input);
        int what = random.Next(256);
        uint entry = (uint)random.NextInt64(1 << 24);
        using var machine = new LoadMachine(KernelMemory);
        machine.Files.IsForPc = (what & 1) != 0;
        machine.Files.HasEntry = (what & 2) != 0;
        machine.Files.Entry = entry;
        machine.Files.Bios = (what & 4) != 0 ? machine.Pin([0xF4]) : default;
        machine.Files.Initrd = (what & 8) != 0 ? machine.Pin(new byte[100]) : default;
        machine.Files.IsNimbOs = (what & 16) != 0;
        for (int i = what >> 6; i > 0; i--)
        {
            machine.Add(new byte[5000], "a module");
        }

        machine.Files.OwnEntry = machine.Pin([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        if (machine.Examine(input[Math.Min(4, input.Length)..]) == LoadStatus.Ready)
        {
            Assert.Equal("ready", machine.Load());
            KernelPlan plan = machine.Plan;
            Assert.True(plan.Start < plan.End && plan.End.Value <= KernelMemory);
            Assert.True(plan.Entry >= plan.Start && plan.Entry < plan.End);
        }
    }

    // As a file, and as the words of a shell.
    private static void Options(byte[] input)
    {
        var check = new ConfigurationCheck(input);
        while (check.MoveNext())
        {
            Assert.True(check.Line >= 0 && check.Column >= 1 && check.Problem != ConfigurationProblem.None);
        }

        var configuration = new Configuration(input);
        Span<byte> names = new byte[64];
        int length = configuration.Guests(names, isEach: true);
        foreach (ReadOnlySpan<byte> name in new WordList(names[..length]))
        {
            Assert.True(configuration.TryGet(name, out OptionText lines));
            lines.TryGet("memory"u8, out ReadOnlySpan<byte> memory);
            Number.TryParseSize(memory, out _);
            lines.TryGet("expect"u8, out ReadOnlySpan<byte> expect);
            ExpectedEnd.TryParse(expect, out _, out _);
        }

        Span<byte> space = new byte[128];
        char[] words = new char[input.Length];
        int count = LoadOptionBytes.ToUnits(input, words);
        Assert.InRange(count, LoadOptionBytes.NoText, input.Length);
        foreach (char[] units in new[] { words[..Math.Max(count, 0)], [.. input.Select(value => (char)value)] })
        {
            var text = new OptionText(space[..LoadOptions.ToLines(units, "minusone.efi", space)]);
            Assert.True(!text.Text.StartsWith("run = "u8) || text.TryGet("run"u8, out _));
        }

        Assert.InRange(ConfigurationText.Plain((byte[])[.. input]).Length, 0, input.Length);
    }

    // Any number of processors: the MP table adds up, and lists those that there can be. And a list of firmware's.
    private static void Tables(byte[] input)
    {
        var random = new InputRandom(input);
        int processors = random.Next(20);
        ProcessorListTests.Play(random);
        byte[] tables = [.. guests::MinusOne.Guests.Bios.AcpiTables.Bytes];
        MinusOne.Hv.Loading.AcpiTables.Enable(tables, processors);
        Span<byte> table = tables.AsSpan(AcpiLayout.MpTable);
        int length = BitConverter.ToUInt16(table[AcpiLayout.MpLength..]);
        Assert.Equal(0, (byte)table[..length].ToArray().Sum(value => value));
        int count = table[AcpiLayout.MpProcessors..length].ToArray().Chunk(AcpiLayout.MpProcessorBytes)
            .TakeWhile(entry => entry[0] == 0).Count();
        Assert.Equal(Math.Clamp(processors, 0, AcpiLayout.MostProcessors), count);
    }

    // What the board writes is kept nowhere: a campaign would fill the memory.
    private static void Devices(byte[] input)
    {
        Host.Written(Output.Console).Clear();
        Host.Written(Output.Log).Clear();
        HostileBoardTests.Play(new InputRandom(input), int.MaxValue, "input");
    }

    // What is typed, while a guest reads now and then; in the end somebody leaves the monitor, if it is open: twice,
    // for the first may be in the middle of a key's sequence, and with Ctrl-U, for something may stand in the line.
    private static void Console(byte[] input)
    {
        using var guest = DeviceGuest.Of("long");
        Vm* vm = guest.Vm;
        vm->Slot = VmSlots.Of(vm->Machine)->At(0);
        VmSlot.Of(vm)->Home = vm->Processor;
        VmSlot.Of(vm)->Vm = vm;
        VmSlots.Of(vm->Machine)->Used = 1;
        vm->Processor->Loaded = guest.Vcpu;
        SerialPortTests.Type(new string([.. input.Select(value => (char)value)]) + "\n\u0015quit\n\u0015quit\n");
        while (Host.Typed.Count != 0 && vm->End == GuestEnd.None)
        {
            int before = Host.Typed.Count;
            SerialAccess.Poll(&vm->Board, 0);
            if (vm->Processor->IsAsked)
            {
                HvMonitor.Answer(vm, guest.Vcpu, 0);
            }

            bool isRead = (vm->Board.In(0x3FD, 1) & 1) != 0;
            vm->Board.In(0x3F8, 1);
            Assert.True(isRead || Host.Typed.Count < before, "what is typed does not arrive");
        }
    }

    private static void Queues(byte[] input) => VirtQueueTests.Play(new InputRandom(input), "input");

    private static void Walks(byte[] input)
    {
        var random = new InputRandom(input);
        GuestWalkTests.Walk(random, (PagingMode)random.Next(5), "input", out _);
    }
}
