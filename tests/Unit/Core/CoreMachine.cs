// A software processor with a pool of frames, ready for Hypervisor.Run: guests are configurations in native memory,
// played by scripts. All guest memory is substituted from the pool, because nothing is listed as usable.

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using MinusOne.Tests.Model;

namespace MinusOne.Tests.Unit.Core;

internal sealed unsafe class CoreMachine : IDisposable
{
    public const ushort SerialData = 0x3F8;

    private const int MapBytes = 4096;

    private readonly List<nuint> _blocks = [];

    public CoreMachine(SoftProcessor processor = null, int frames = 200)
    {
        Processor = processor ?? Presets.SkylakeX();
        Cpu.Soft = Processor;
        Processor.HasShortPath = true;
        Host.Written(Output.Log).Clear();
        Host.Written(Output.Console).Clear();
        Machine = Native<Installation>()->Connect();
        Machine->Memory.Initialize(Block(MapBytes), MapBytes);
        Machine->Mtrr = Mtrr.None;
        Machine->MemoryEnd = new Hpa(1UL << 47);
        Machine->TscHertz = 100_000_000;
        Machine->At(0)->Host = new HostState
        {
            GdtBase = 0x1000,
            IdtBase = 0x2000,
            TssBase = 0x3000,
            CodeSelector = 0x08,
            DataSelector = 0x10,
            TaskSelector = 0x18,
            ExitAddress = 0x4000,
        };
        if (Processor.HasFeature(1, leaf => leaf.Ecx, 5) || Processor.HasFeature(0x8000_0001, leaf => leaf.Ecx, 2))
        {
            Machine->Facts = CpuFacts.Read();
        }

        SetFrames(frames);
        Config = Native<VmConfig>();
        Lesson = Native<Lesson>();
        Config->Lesson = Lesson;
        Config->MemoryBytes = 0x1_0000;
        Config->Start.Entry = Config->LoadAddress = 0x1000;
        Config->ExpectedEnd = GuestEnd.Halted;
        SetImage([0xF4]);
        Settings = new RunSettings { MemoryBytes = RunSettings.DefaultMemory };
    }

    public SoftProcessor Processor { get; }

    public ScriptedGuest Guest => Processor.Guest;

    public Machine* Machine { get; }

    public VmConfig* Config { get; }

    public Lesson* Lesson { get; }

    public RunSettings Settings { get; set; }

    public string Log => Encoding.UTF8.GetString(Host.Written(Output.Log).ToArray());

    public string Console => Encoding.UTF8.GetString(Host.Written(Output.Console).ToArray());

    // So many are left for the hypervisor.
    public void SetFrames(int frames)
    {
        int bookkeeping = 1 + (frames * 5 / 4096);
        Hpa start = Processor.Memory.Allocate(frames + bookkeeping);
        var range = new PhysicalRange(start, start + ((ulong)(frames + bookkeeping) << 12), PhysicalKind.Hypervisor);
        Machine->Frames = default;
        if (!Machine->Frames.Initialize([range]) || Machine->Frames.Available != frames)
        {
            throw new InvalidOperationException("the pool is not as large as it should be");
        }
    }

    public void SetImage(byte[] image)
    {
        Config->Image = (byte*)Block(image.Length + 1);
        Config->ImageBytes = (ulong)image.Length;
        image.CopyTo(new Span<byte>(Config->Image, image.Length));
    }

    public void Expect(params (ExitReason Reason, uint Least, uint Most)[] exits)
    {
        Lesson->Exits = (ExitExpectation*)Block(exits.Length * sizeof(ExitExpectation));
        Lesson->ExitCount = (ulong)exits.Length;
        for (int i = 0; i < exits.Length; i++)
        {
            Lesson->Exits[i] = new() { Reason = (uint)exits[i].Reason, Least = exits[i].Least, Most = exits[i].Most };
        }
    }

    // Programs of one configuration each, all the same.
    public GuestProgram[] Programs(params string[] names)
    {
        var programs = new GuestProgram[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            programs[i] = new()
            {
                Name = Text(names[i]),
                Id = Text($"T{i}"),
                Sentence = Text($"sentence {i}"),
                Configs = Config,
                ConfigCount = 1,
            };
        }

        return programs;
    }

    // One program, `test`. True: it ended as it is meant to.
    public bool Run() => Run("test", Programs("test")) == 0;

    public uint Run(string names, GuestProgram[] programs) =>
        Hypervisor.Run(Machine, Encoding.UTF8.GetBytes(names), programs, [Settings]);

    public Text Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var start = (byte*)Block(bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(start, bytes.Length));
        ulong* raw = stackalloc ulong[2] { (ulong)start, (ulong)bytes.Length };
        return *(Text*)raw;
    }

    public T* Native<T>()
        where T : unmanaged => (T*)Block(sizeof(T));

    public void* Block(int bytes)
    {
        void* block = NativeMemory.AllocZeroed((nuint)bytes);
        _blocks.Add((nuint)block);
        return block;
    }

    public void Dispose()
    {
        Cpu.Soft = new SoftProcessor();
        foreach (nuint block in _blocks)
        {
            NativeMemory.Free((void*)block);
        }
    }
}
